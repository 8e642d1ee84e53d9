import { DaysFilter } from "./days-filter.tsx";
import type { FieldError } from "./failure.ts";
import type { ChangeView } from "./hooks.ts";
import type { Months } from "./report.ts";
import { ResellersFilter } from "./resellers-filter.tsx";
import type { View } from "./view.ts";

interface FiltersProps {
  readonly view: View;
  readonly change: ChangeView;
  readonly months: Months | undefined;
  /** Names by id of the resellers that are known so far. */
  readonly resellers: ReadonlyMap<string, string>;
  readonly errors: readonly FieldError[];
}

/** The filters: days, resellers and a search. */
export function Filters({ view, change, months, resellers, errors }: FiltersProps) {
  return (
    <search class="filters">
      <DaysFilter view={view} change={change} months={months} errors={errors} />
      {resellers.size > 1 || view.resellers.length > 0 ? (
        <ResellersFilter view={view} change={change} resellers={resellers} />
      ) : null}
      <label class="field grow">
        <span>Search</span>
        <input
          type="search"
          placeholder="Organization, reseller or id"
          value={view.search}
          onInput={({ currentTarget }) => change({ search: currentTarget.value }, "typing")}
        />
      </label>
    </search>
  );
}
