/** Results as text: for a person, as JSON, as an exit code. */
export { type CheckRun, overlayName } from "./check-run.js";
export { mountArguments, optionString, overlayArguments } from "./command-line.js";
export {
  REPORT_FORMATS,
  type ReportFormat,
  reportDocument,
  type Subject,
  subjectExitCode,
  tellsUnchecked,
} from "./document.js";
export { CHECK_ALL_SCHEMA, type CheckedAll, type CheckedOverlay, notChecked } from "./every.js";
export { EXIT, exitCode } from "./exit.js";
export {
  codeList,
  EXPLAIN_SCHEMA,
  type ExplainedCode,
  type ExplainOptions,
  type Explanation,
  explainAll,
  explainCode,
  explainLog,
  explainTopic,
  explanationText,
  similarCodes,
  unattended,
} from "./explain.js";
export { sortedByPath, tell, withShortValues } from "./findings.js";
export { type Group, groupsOf, placeOf } from "./groups.js";
export { type HumanOptions, humanReport, verdictLines } from "./human.js";
export { fieldLines, inspectionText } from "./inspect-text.js";
export { checkJson, type JsonOptions, jsonPath, overlayJson } from "./json.js";
export { CHECK_LINE_SCHEMA, checkLines, findingLines, summaryLine } from "./lines.js";
export { nextStep } from "./next.js";
export { effectiveOptions, requestedOptions } from "./options.js";
export { makePaint, type Paint, wantsColour } from "./paint.js";
export { type Progress, type ProgressEvent, startProgress } from "./progress.js";
export { prometheusText } from "./prometheus.js";
export {
  CHECK_SCHEMA,
  type CheckResult,
  type Counts,
  countFindings,
  type Examined,
  type FilesystemReport,
  type LayerReport,
  type OverlayReport,
  type Prediction,
} from "./result.js";
export { stackLines } from "./stack.js";
export {
  endLines,
  fitted,
  isUtf8,
  lossyText,
  number,
  plural,
  safeText,
  shellBytes,
  shellWord,
  showPath,
  timeText,
  wrap,
} from "./text.js";
export { type Verdict, verdictOf } from "./verdict.js";
