/** The few drawings of the page. Characters would need a font that has them. */

/** Draws a bridge between two towers. */
export function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M4 21h24M9 8v17M23 8v17M9 10q7 14 14 0" />
      </svg>
      Drawbridge
    </span>
  );
}

export const MenuIcon = () => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d="M2 4h12M2 8h12M2 12h12" />
  </svg>
);

export const ThemeIcon = () => (
  <svg class="icon" viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
    <circle cx="8" cy="8" r="6" />
    <path class="filled" d="M8 2a6 6 0 0 0 0 12z" />
  </svg>
);

/** From one account to another. Drawn, because not every font has the sign. */
export const Arrow = () => (
  <>
    <svg class="icon to" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path d="M2 8h11M9 4l4 4-4 4" />
    </svg>
    <span class="hidden">to</span>
  </>
);
