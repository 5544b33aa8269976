import { parseArgs, type ParseArgsConfig } from 'node:util'
import { GryphError } from '../base/errors.ts'
import { benchHelp, benchOptions, runBench } from './bench.ts'
import { doctorHelp, runDoctor } from './doctor.ts'
import { UsageError } from './errors.ts'
import { exportHelp, exportOptions, runExport } from './export.ts'
import { inspectHelp, inspectOptions, runInspect } from './inspect.ts'
import type { Io } from './io.ts'
import { runFile, runHelp } from './run.ts'

const help = `gryph COMMAND …

  export FILE#FUNCTION   write a compiled function as a module that runs without gryph
  inspect ARTEFACT       what an exported module or an ONNX model holds
  bench FILE#FUNCTION    eager against compiled, as a table
  run FILE               run a program with native control flow in hybrid functions
  doctor                 what this machine offers

gryph COMMAND --help tells more.`

const helpOf: Readonly<Record<string, string>> = {
  export: exportHelp,
  inspect: inspectHelp,
  bench: benchHelp,
  run: runHelp,
  doctor: doctorHelp,
}

/** Carries out a command line. Returns the exit code: 0, 1 for what failed, 2 for what was not understood. */
export async function main(argv: readonly string[], io: Io, complain: (text: string) => void): Promise<number> {
  const [command, ...rest] = argv
  try {
    if (command === undefined || command === 'help' || command === '--help' || command === '-h') io.out(help)
    else if (!Object.hasOwn(helpOf, command)) throw new UsageError(`there is no command ${command}.`)
    else if (command !== 'run' && rest.some((arg) => arg === '--help' || arg === '-h')) io.out(helpOf[command]!)
    else await carryOut(command, rest, io)
    return command === undefined ? 2 : 0
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      complain(`gryph: ${(error as Error).message}\n\n${helpOf[command ?? ''] ?? help}`) // both are errors
      return 2
    }
    complain(
      error instanceof GryphError
        ? `${error.message} (${error.code})`
        : String((error as Error | null)?.stack ?? error),
    ) // whatever the user's program throws
    return 1
  }
}

async function carryOut(command: string, args: readonly string[], io: Io): Promise<void> {
  if (command === 'run')
    return args[0] === '--help' || args[0] === '-h' ? io.out(runHelp) : runFile(args, io.importModule)
  if (command === 'export') {
    const { positionals, values } = parsed(args, exportOptions)
    return runExport(positionals, values, io)
  }
  if (command === 'bench') {
    const { positionals, values } = parsed(args, benchOptions)
    return runBench(positionals, values, io)
  }
  if (command === 'inspect') {
    const { positionals, values } = parsed(args, inspectOptions)
    return runInspect(positionals, values, io)
  }
  const { positionals } = parsed(args, {})
  if (positionals.length > 0) throw new UsageError('doctor takes nothing.')
  return runDoctor(io)
}

const parsed = <O extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: O) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true })

const isParseError = (error: unknown): boolean =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
