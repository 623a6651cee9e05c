/** A secret that is shown once. */
import { CopyBlock } from '../ui/copy-block.tsx';

export function Secret({ secret }: { secret: string }) {
  return (
    <>
      <p>
        With this secret the receiver verifies that it was us (Standard Webhooks). It is shown this
        once: keep it now.
      </p>
      <CopyBlock text={secret} label="the secret" />
    </>
  );
}
