import type { FullConfig, Reporter, Suite, TestCase } from '@playwright/test/reporter'

/** What went wrong in each try that failed, in a few lines, at the very end: of a long log often only the end is kept. */
export default class ReasonsReporter implements Reporter {
  private suite: Suite | undefined

  onBegin(_: FullConfig, suite: Suite): void {
    this.suite = suite
  }

  onExit(): Promise<void> {
    const reasons = (this.suite?.allTests() ?? []).flatMap(reasonsOf)
    if (reasons.length > 0) process.stdout.write(`${['Why tries failed:', ...reasons].join('\n')}\n`)
    return Promise.resolve()
  }

  printsToStdio(): boolean {
    return false
  }
}

function reasonsOf(test: TestCase): string[] {
  const failed = test.results.filter(({ status }) => status !== 'passed' && status !== 'skipped')
  return failed.map(({ error, retry }) => `  ${test.title}, try ${retry + 1}: ${inShort(error?.message ?? 'no error was told')}`)
}

/** Without colours, and no more than would drown the rest. */
function inShort(message: string): string {
  const lines = message
    .replaceAll(/\u001B\[\d+m/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return lines.join(' | ').slice(0, 600)
}
