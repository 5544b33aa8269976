/** Prints `N passed, N failed` from a vitest JSON report, and exits non-zero unless a complete run passed. */
import { readFileSync } from 'node:fs'

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

const report = readReport(process.argv[2] ?? '')
const passed = report?.numPassedTests ?? 0
const failed = report?.numFailedTests ?? 0
const brokenFiles = (report?.testResults ?? []).filter(
  (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
    file.status === 'failed' && file.assertionResults.length === 0,
).length

if (report === undefined) console.log('vitest crashed: it wrote no report')
else if (passed + failed === 0) console.log('vitest ran no test')
else if (brokenFiles > 0) console.log(`${brokenFiles} test files failed before their first test`)
else if (failed === 0 && !report.success) console.log('vitest reports an error outside the tests')

const complete = report?.success === true && passed > 0
process.exitCode = complete && failed === 0 ? 0 : 1
// A run that is not complete must not read as one without failures.
console.log(`${passed} passed, ${complete ? failed : Math.max(1, failed + brokenFiles)} failed`)
