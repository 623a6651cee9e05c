/** A bridge between two towers. */
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
