import type { ComponentChildren } from "preact";

interface MessageProps {
  readonly title: string;
  /** What happened, and what to do. */
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
  /** Said aloud at once: for what the reader did not ask for. */
  readonly isAlert?: boolean;
}

/** What stands in place of figures. */
export function Message({ title, children, action, isAlert = false }: MessageProps) {
  return (
    <section class="message" {...(isAlert && { role: "alert" })}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action && <p class="actions">{action}</p>}
    </section>
  );
}
