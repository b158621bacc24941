import { type ReactNode, useEffect, useState } from 'react';
import type { Attachment } from '../../../../../src/chat/model.ts';
import { attempt } from '../../shell/rest.ts';
import { fileLink } from './files.ts';
import { chatWords } from './words.ts';

interface Stored {
  readonly fileId: string;
  readonly name: string;
}

/** A file of the server, or a place elsewhere. */
export function AttachmentView({ of }: { readonly of: Attachment }): ReactNode {
  const { fileId, mimeType, name, size } = of;
  if (fileId === undefined) return <PlaceLink of={of} />;
  const stored = { fileId, name };
  if (mimeType.startsWith('audio/')) return <Recording of={stored} tag="audio" />;
  if (mimeType.startsWith('video/')) return <Recording of={stored} tag="video" />;
  if (mimeType.startsWith('image/') && mimeType !== 'image/heic') return <Picture of={stored} />;
  return <Download of={stored} size={size} />;
}

/** A link lives for two minutes: it is asked for when somebody wants to listen, and again when it has ended. */
function Recording({
  of: { fileId, name },
  tag: Player,
}: {
  readonly of: Stored;
  readonly tag: 'audio' | 'video';
}): ReactNode {
  const say = chatWords();
  const [link, setLink] = useState<string>();
  const renew = async () => setLink(await attempt(() => fileLink(fileId)));
  if (link === undefined) {
    return (
      <p className="attachment">
        <button type="button" onClick={() => void renew()}>
          ▶ {say.listen(name)}
        </button>
      </p>
    );
  }
  return (
    <p className="attachment">
      <Player controls autoPlay src={link} aria-label={name} onError={() => setLink(undefined)} />
    </p>
  );
}

function Picture({ of: { fileId, name } }: { readonly of: Stored }): ReactNode {
  const [link, setLink] = useState<string>();
  useEffect(() => {
    let isShown = true;
    void attempt(() => fileLink(fileId)).then((fresh) => {
      if (isShown) setLink(fresh);
    });
    return () => {
      isShown = false;
    };
  }, [fileId]);
  return <p className="attachment">{link !== undefined && <img src={link} alt={name} />}</p>;
}

function Download({ of: { fileId, name }, size }: { readonly of: Stored; readonly size: number }): ReactNode {
  async function save(): Promise<void> {
    const link = await attempt(() => fileLink(fileId));
    if (link !== undefined)
      Object.assign(document.createElement('a'), { href: link, rel: 'noopener' }).click();
  }
  return (
    <p className="attachment small">
      <button type="button" className="quiet" onClick={() => void save()}>
        📎 {name}
      </button>{' '}
      <Size of={size} />
    </p>
  );
}

/** A key of the clinic's own storage is shown as it is, since only the clinic knows its address. */
function PlaceLink({ of: { name, reference, size } }: { readonly of: Attachment }): ReactNode {
  const isAddress = /^https:\/\//.test(reference);
  return (
    <p className="attachment small">
      <span aria-hidden="true">📎</span>{' '}
      {isAddress ? (
        <a href={reference} target="_blank" rel="noreferrer noopener">
          {name}
        </a>
      ) : (
        <span title={reference}>{name}</span>
      )}{' '}
      <Size of={size} />
    </p>
  );
}

const Size = ({ of }: { readonly of: number }): ReactNode => (
  <span className="muted">{Math.ceil(of / 1_024)} KB</span>
);
