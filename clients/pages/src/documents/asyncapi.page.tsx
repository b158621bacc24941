import './asyncapi.css';
import { type ReactNode, useEffect, useState } from 'react';
import { serverUrl } from '../shell/facts.ts';
import { SignIn } from '../shell/frame/sign-in.tsx';
import { openPublicPage } from '../shell/page.tsx';
import { get, type RestError } from '../shell/rest.ts';
import { session } from '../shell/session.ts';
import { Frame, type Message } from './frame.tsx';
import { documentWords } from './words.ts';

interface AsyncApi {
  readonly channels: Readonly<Record<string, Way>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

interface Way {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly 'x-close-codes': Readonly<Record<string, string>>;
}

function Page(): ReactNode {
  const say = documentWords();
  const who = session.value;
  const [document, setDocument] = useState<AsyncApi>();
  const [error, setError] = useState<RestError>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the document is asked for as the person who is signed in.
  useEffect(() => {
    const left = new AbortController();
    setError(undefined);
    get<AsyncApi>('/asyncapi.json', left.signal).then(
      setDocument,
      (thrown) => left.signal.aborted || setError(thrown as RestError),
    );
    return () => left.abort();
  }, [who]);
  if (error?.status === 401 || error?.status === 403) return <SignIn />;
  if (error) return <p role="alert">{error.message}</p>;
  if (!document) return <p aria-busy="true">{say.loading}</p>;
  const messages = Object.entries(document.components.messages);
  const isClients = ([name]: (typeof messages)[number]) => name.startsWith('client.');
  return (
    <div className="stack">
      <Ways ways={Object.values(document.channels)} />
      <Messages title={say.fromClients} messages={messages.filter(isClients)} />
      <Messages title={say.fromServer} messages={messages.filter((each) => !isClients(each))} />
      <CloseCodes codes={Object.values(document.channels)[0]?.['x-close-codes'] ?? {}} />
      <p>
        <a href={`${serverUrl}/asyncapi.json`}>{say.json}</a>
      </p>
    </div>
  );
}

function Ways({ ways }: { readonly ways: readonly Way[] }): ReactNode {
  const say = documentWords();
  return (
    <section className="card stack tight" aria-labelledby="addresses">
      <h2 id="addresses">{say.addresses}</h2>
      {ways.map(({ address, title, description }) => (
        <div key={address}>
          <h3>
            <code>{address}</code> {title}
          </h3>
          <p className="muted">{description}</p>
        </div>
      ))}
    </section>
  );
}

interface MessagesProps {
  readonly title: string;
  readonly messages: readonly (readonly [name: string, message: Message])[];
}

function Messages({ title, messages }: MessagesProps): ReactNode {
  return (
    <section className="stack tight" aria-label={title}>
      <h2>{title}</h2>
      {messages.map(([name, message]) => (
        <Frame key={name} message={message} />
      ))}
    </section>
  );
}

function CloseCodes({ codes }: { readonly codes: Way['x-close-codes'] }): ReactNode {
  const say = documentWords();
  return (
    <section className="card stack tight" aria-labelledby="close-codes">
      <h2 id="close-codes">{say.closeCodes}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{say.code}</th>
            <th scope="col">{say.meaning}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(codes).map(([code, meaning]) => (
            <tr key={code}>
              <td>
                <code>{code}</code>
              </td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

openPublicPage({ title: () => documentWords().title, Page });
