import { type ReactNode, useEffect, useState } from 'react';
import { ConnectionStatus, TambuliProvider } from '../shell/client.ts';
import { attempt } from '../shell/rest.ts';
import { shellWords } from '../shell/words.ts';
import type { Counts } from './ledger.ts';
import type { Phone } from './phone.ts';
import { demoWords } from './words.ts';

const sleepMs = 30_000;
const mostShown = 8;

export function PhoneView({ phone, counts }: { readonly phone: Phone; readonly counts: Counts }): ReactNode {
  const say = demoWords();
  const { seen } = phone.account.value;
  return (
    <section className="card phone stack tight" aria-label={say.phone(phone.name)}>
      <div className="spread">
        <h2>{say.phone(phone.name)}</h2>
        <TambuliProvider client={phone.client}>
          <ConnectionStatus words={shellWords()} />
        </TambuliProvider>
      </div>
      <p className="cluster small">
        <span className="badge">{say.arrived(seen.length)}</span>
        {counts.behind > 0 && (
          <span className="badge" data-tone="warn">
            {say.behind(counts.behind)}
          </span>
        )}
        <span className="muted">{say.sum(counts.lost, counts.doubled, counts.told)}</span>
        {phone.tokens && (
          <span className="muted">{say.tokens(phone.tokens.given.value, phone.tokens.expired.value)}</span>
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard. */}
      <ol className="screen" tabIndex={0} aria-label={say.news}>
        {seen.length === 0 && <li className="muted">{say.nothing}</li>}
        {seen
          .slice(-mostShown)
          .reverse()
          .map(({ epoch, offset, text }) => (
            <li key={`${epoch}:${offset}`}>
              <span className="muted number">{offset}</span> {text}
            </li>
          ))}
      </ol>
      <BreakIt phone={phone} />
    </section>
  );
}

function BreakIt({ phone }: { readonly phone: Phone }): ReactNode {
  const say = demoWords();
  const { tap } = phone;
  const [isBlocked, setBlocked] = useState(false);
  const [isAsleep, setAsleep] = useState(false);
  useEffect(() => {
    if (!isAsleep) return undefined;
    tap.sleep(true);
    const timer = setTimeout(() => setAsleep(false), sleepMs);
    return () => {
      clearTimeout(timer);
      tap.sleep(false);
    };
  }, [isAsleep, tap]);
  return (
    <fieldset className="break-it" aria-label={say.breakIt}>
      <button type="button" onClick={tap.cut}>
        {say.cut}
      </button>
      <button
        type="button"
        aria-pressed={isBlocked}
        onClick={() => {
          tap.block(!isBlocked);
          setBlocked(!isBlocked);
        }}
      >
        {say.block}
      </button>
      <button type="button" onClick={() => void attempt(phone.expire)}>
        {say.expire}
      </button>
      <button type="button" aria-pressed={isAsleep} onClick={() => setAsleep(!isAsleep)}>
        {isAsleep ? say.asleep : say.sleep}
      </button>
    </fieldset>
  );
}
