import type { ComponentChildren } from "preact";

interface MessageProps {
  readonly title: string;
  /** What happened, and what to do. */
  readonly children: ComponentChildren;
  /** Short points below it. */
  readonly points?: readonly string[];
  readonly action?: ComponentChildren;
  /** 1 without another heading, 2 below the page's heading. */
  readonly level?: 1 | 2;
  /** Screen readers announce it at once: for what the reader did not ask for. */
  readonly isAlert?: boolean;
}

/** A message in place of figures. */
export function Message({ title, children, points, action, level = 1, isAlert = false }: MessageProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <section class="message" {...(isAlert && { role: "alert" })}>
      <Heading>{title}</Heading>
      <p>{children}</p>
      {points && (
        <ul>
          {points.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      )}
      {action && <p class="actions">{action}</p>}
    </section>
  );
}
