/** Properties end at their first failure: which change fails matters, not the smallest example. */
import * as fc from "fast-check";

fc.configureGlobal({ endOnFailure: true });
