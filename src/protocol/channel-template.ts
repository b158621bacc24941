import { isChannelName } from './wire/channel-name.ts';

/** Whether a text is a channel of triggers: a name in which `{column}` stands for a value of the row. */
export const isChannelTemplate = (text: string): boolean => isChannelName(text.replace(/\{[^{}]+\}/g, '0'));

/** The form of a channel of triggers, for a fault. */
export const channelTemplateForm =
  'a name of lower-case letters, digits, "_" and "-", then up to three parts: orders:{customer_id}';
