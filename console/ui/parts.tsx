/** The small parts of which every view is made. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Status } from '../api/types.ts';
import { absolute, grouped, relative, short } from '../words/format.ts';
import { statusWords, type Tone } from '../words/stages.ts';
import { now } from './clock.ts';
import { takeArrival } from './route.ts';

type Children = { children?: ComponentChildren };

export function Badge({ tone, title, children }: Children & { tone: Tone; title?: string | null }) {
  return (
    <span class={`badge ${tone}`} title={title ?? undefined}>
      {children}
    </span>
  );
}

export function StatusBadge({ status }: { status: Status }) {
  const { label, tone } = statusWords[status];
  return <Badge tone={tone}>{label}</Badge>;
}

export function Money({ amount, currency }: { amount: string; currency: string }) {
  return (
    <span class="money">
      {grouped(amount)} <span class="unit">{currency}</span>
    </span>
  );
}

/** How long ago it was, and when exactly to whoever points at it. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={`${absolute(at)} (${at})`}>
      {relative(Date.parse(at), now.value)}
    </time>
  );
}

/** An id or hash in short, and a button that copies the whole. */
export function Id({ id, label, whole = false }: { id: string; label: string; whole?: boolean }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(id);
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, copiedMs);
  };
  return (
    <span class="id">
      <code title={id}>{whole ? id : short(id)}</code>
      <button type="button" class="copy" onClick={() => void copy()} aria-label={`Copy ${label}`}>
        {copied.value ? <DoneIcon /> : <CopyIcon />}
      </button>
      <span class="hidden" role="status">
        {copied.value ? 'Copied' : ''}
      </span>
    </span>
  );
}
const copiedMs = 1_200;

const BackIcon = () => (
  <svg class="icon" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
    <path d="M10 3L5 8l5 5" />
  </svg>
);

const DoneIcon = () => (
  <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
    <path d="M3 8.5l3.5 3.5L13 4.5" />
  </svg>
);

const CopyIcon = () => (
  <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 3.5v-.5a1 1 0 0 0-1-1H3.5A1.5 1.5 0 0 0 2 3.5v6a1 1 0 0 0 1 1h.5" />
  </svg>
);

export function Notice({
  tone,
  title,
  children,
}: Children & { tone: 'info' | 'wait' | 'bad' | 'good' | 'person'; title?: string }) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      {title !== undefined && <strong>{title}</strong>}
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

/** What is shown where there is nothing yet: why, and what to do about it. */
export function Empty({ title, children }: Children & { title: string }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

export function Panel({
  title,
  aside,
  children,
  id,
}: Children & { title: string; aside?: ComponentChildren; id?: string }) {
  return (
    <section class="panel" id={id} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

export function Head({
  title,
  children,
  back,
  lead,
}: Children & { title: ComponentChildren; back?: readonly [string, string]; lead?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takeArrival()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header class="head">
      {back !== undefined && (
        <a class="back" href={back[0]}>
          <BackIcon /> {back[1]}
        </a>
      )}
      <div class="head-row">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <div class="head-actions">{children}</div>
      </div>
      {lead !== undefined && <p class="lead">{lead}</p>}
    </header>
  );
}

export function Facts({ children }: Children) {
  return <dl class="facts">{children}</dl>;
}
export function Fact({ name, children }: Children & { name: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type ButtonProps = Omit<JSX.IntrinsicElements['button'], 'type'> & {
  kind?: 'main' | 'plain' | 'danger';
  busy?: boolean;
};
export function Button({ kind = 'plain', busy = false, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      disabled={disabled === true || busy}
      aria-busy={busy}
      {...rest}
    >
      {children}
    </button>
  );
}

/** Rows as grey lines, while the first answer is on its way. */
export function Loading({ rows = 3 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  );
}

/** In the place of one thing that is not here: its first answer is on its way, or there is none. */
export function NotHere({
  error,
  ...head
}: {
  title: string;
  back: readonly [string, string];
  error: string | null;
}) {
  return (
    <>
      <Head {...head} />
      {error === null ? <Loading /> : <Empty title={error} />}
    </>
  );
}
