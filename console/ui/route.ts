/** Where the reader is: the part of the address behind `#`, which no server gets to see. */
import { computed, signal } from '@preact/signals';

const placeNow = (): string => location.hash.replace(/^#/, '') || '/';
export const place = signal(placeNow());

/** Whether the reader has come to a new view whose heading has not been there yet. */
let hasArrived = true;
/** True once for each new view: whoever goes on by keyboard or by ear begins at its heading, when that is there. */
export function takeArrival(): boolean {
  const taken = hasArrived;
  hasArrived = false;
  return taken;
}

addEventListener('hashchange', () => {
  hasArrived = true;
  place.value = placeNow();
  scrollTo(0, 0);
});

/** `/withdrawals/wd_1` is `['withdrawals', 'wd_1']`. */
export const parts = computed(() =>
  (place.value.split('?')[0] ?? '').split('/').filter(Boolean).map(decoded),
);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const to = (...where: readonly string[]): string =>
  `#/${where.map(encodeURIComponent).join('/')}`;

export function go(...where: readonly string[]): void {
  location.hash = to(...where);
}
