import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { readEnv } from '../config/config.ts';
import { isPublicationType } from '../protocol/name.ts';
import { isChannelName } from '../protocol/wire/channel-name.ts';
import { commandLine, withConfig } from './command-line.ts';
import { readDeployment } from './deployment/deployment.ts';
import { openFor } from './deployment/open.ts';

interface Given {
  readonly type: string;
  readonly eventType: string;
  readonly config?: string;
}

export function publishCommand(): Command {
  return withConfig(
    commandLine('publish', 'Publish on a channel, through the database as SQL does')
      .argument('<channel>', 'the name of the channel, such as orders:7', readChannel)
      .argument('<data>', 'the data, as JSON', readJson)
      .option('--type <name>', 'the type of the publication', readType, 'message')
      .option('--event-type <name>', 'what happened', 'updated'),
  ).action(async (channel: string, data: string, { type, eventType, ...given }: Given) => {
    const deployment = await readDeployment(readEnv(given));
    await using opened = new AsyncDisposableStack();
    const { query } = await openFor(deployment, opened);
    await query('select public.realtime_publish($1, $2, $3, $4::jsonb)', [channel, type, eventType, data]);
    process.stdout.write(`Published on ${channel}; readers get it as soon as a server runs.\n`);
  });
}

function readChannel(text: string): string {
  if (isChannelName(text)) return text;
  throw new InvalidArgumentError(`"${text}" is not the name of a channel, such as orders:7.`);
}

function readType(text: string): string {
  if (isPublicationType(text)) return text;
  throw new InvalidArgumentError(`"${text}" is a type of the server's own, or none.`);
}

function readJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}
