import type { ComponentChildren } from "preact";

interface MessageProps {
  readonly title: string;
  /** What happened, and what to do. */
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
  /** 1 where it stands alone, 2 below the page's heading. */
  readonly level?: 1 | 2;
  /** Said aloud at once: for what the reader did not ask for. */
  readonly isAlert?: boolean;
}

/** What stands in place of figures. */
export function Message({ title, children, action, level = 1, isAlert = false }: MessageProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <section class="message" {...(isAlert && { role: "alert" })}>
      <Heading>{title}</Heading>
      <p>{children}</p>
      {action && <p class="actions">{action}</p>}
    </section>
  );
}
