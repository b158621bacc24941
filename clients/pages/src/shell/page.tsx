import { type ReactNode, useEffect, useMemo } from 'react';
import { createRoot } from 'react-dom/client';
import { socket } from './browser/connection-id.ts';
import { TambuliProvider } from './client.ts';
import { Boundary } from './frame/boundary.tsx';
import { Header } from './frame/header.tsx';
import { SignIn } from './frame/sign-in.tsx';
import { isOver, openClient, type Session, session, signOut } from './session.ts';
import { Toasts } from './toasts.tsx';

export interface PageOptions {
  /** Called while rendering, so it follows the language. */
  readonly title: () => string;
  /** The content. It is signed in and has a client (`useTambuli`, `useChannel`, the parts). */
  readonly Page: (props: { readonly who: Session }) => ReactNode;
}

/** Shows a page for people who are signed in, and the form before. Each page file calls this or {@link openPublicPage}. */
export function openPage(options: PageOptions): void {
  show(<SignedPage {...options} />);
}

/** Shows a page that anybody sees. It has no client of its own. */
export function openPublicPage(options: PublicPageOptions): void {
  show(<PublicPage {...options} />);
}

export interface PublicPageOptions {
  readonly title: () => string;
  readonly Page: () => ReactNode;
}

function SignedPage({ title, Page }: PageOptions): ReactNode {
  const who = session.value;
  useTitle(title());
  if (!who) {
    return (
      <Frame title={title()} isConnected={false}>
        <SignIn />
      </Frame>
    );
  }
  return (
    <Connected key={JSON.stringify(who)} who={who}>
      <Frame title={title()} isConnected={true}>
        <Page who={who} />
      </Frame>
    </Connected>
  );
}

function PublicPage({ title, Page }: PublicPageOptions): ReactNode {
  useTitle(title());
  return (
    <Frame title={title()} isConnected={false}>
      <Page />
    </Frame>
  );
}

function show(page: ReactNode): void {
  const place = document.getElementById('page');
  if (!place) throw new Error('The document has no place for a page.');
  createRoot(place).render(page);
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tambuli`;
  }, [title]);
}

function Frame({
  title,
  isConnected,
  children,
}: {
  readonly title: string;
  readonly isConnected: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <>
      <Header title={title} isConnected={isConnected} />
      <main id="main" tabIndex={-1}>
        <Boundary>{children}</Boundary>
      </main>
      <Toasts />
    </>
  );
}

/** Opens a client for the session and closes it after. */
function Connected({ who, children }: { readonly who: Session; readonly children: ReactNode }): ReactNode {
  const client = useMemo(() => openClient(who, { environment: { socket } }), [who]);
  useEffect(() => {
    const stop = client.on('state', ({ status, retryAt, code, reason }) => {
      // The token is over or was withdrawn: no attempt is planned.
      if (status === 'disconnected' && retryAt === null && isOver(code)) signOut(reason ?? undefined);
    });
    return () => {
      stop();
      client.close();
    };
  }, [client]);
  return <TambuliProvider client={client}>{children}</TambuliProvider>;
}
