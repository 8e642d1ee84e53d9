/** A drawn arrowhead. @param d its path in a square of 16 */
export function Chevron({ d }: { readonly d: string }) {
  return (
    <svg class="chevron" viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
