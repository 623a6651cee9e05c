/** Text to take along, such as commands. */
import { useSignal } from '@preact/signals';

const copiedMs = 1_200;

export function CopyBlock({ text, label }: { text: string; label: string }) {
  const copied = useSignal(false);
  return (
    <div class="copy-block">
      <button
        type="button"
        class="button quiet"
        aria-label={`Copy ${label}`}
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => {
            copied.value = true;
            setTimeout(() => {
              copied.value = false;
            }, copiedMs);
          });
        }}
      >
        {copied.value ? 'Copied' : 'Copy'}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
