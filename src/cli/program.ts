import { Command } from 'commander'
import { simulateCommand } from './simulate/command.js'

/** The `evenkeel` command. A subcommand is a module that makes one, and a line here. */
export function createProgram(): Command {
  return new Command('evenkeel')
    .description('Tools for evenkeel, the client-side load balancer')
    .addCommand(simulateCommand())
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
Exit codes: 0 all went well, 1 something failed, 2 wrong usage or a mistake in a file.
Documentation: docs/ in the package's repository; docs/simulator.md for \`simulate\`.`,
    )
}
