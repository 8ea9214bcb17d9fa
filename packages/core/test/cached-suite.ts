import { startEachTestAfresh } from "./current-backend.ts";
import { describeAbort } from "./promises/abort.ts";
import { describeClasses } from "./promises/classes.ts";
import { describeEventTraces } from "./promises/event-traces.ts";
import { describeFailOpen } from "./promises/fail-open.ts";
import { describeInstances } from "./promises/instances.ts";
import { describeIsolation } from "./promises/isolation.ts";
import { describeMemoOf } from "./promises/memo-of.ts";
import { describeOptions } from "./promises/options.ts";
import { describeRemembering } from "./promises/remembering.ts";
import { describeSingleFlight } from "./promises/single-flight.ts";
import { describeStatistics } from "./promises/statistics.ts";

/** What is promised of decorated methods. Run as it is under both kinds of decorators. */
export function describeCached(): void {
  startEachTestAfresh();
  describeRemembering();
  describeSingleFlight();
  describeIsolation();
  describeOptions();
  describeAbort();
  describeFailOpen();
  describeEventTraces();
  describeStatistics();
  describeInstances();
  describeClasses();
  describeMemoOf();
}
