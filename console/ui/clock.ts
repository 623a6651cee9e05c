/** The time, to the second: whatever says how long ago something was is drawn again when it changes. */
import { signal } from '@preact/signals';

export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
