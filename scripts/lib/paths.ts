import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout: every path of the scripts starts here, whatever the caller's working directory is. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const paths = {
  page: join(root, 'dist/page'),
  devVars: join(root, '.dev.vars'),
  devVarsExample: join(root, '.dev.vars.example'),
  wranglerToml: join(root, 'wrangler.toml'),
  migrations: join(root, 'migrations'),
} as const

/** The executable file of an installed tool, to be run by the Node that runs this script. */
export function toolPath(tool: string): string {
  return join(root, 'node_modules/.bin', tool)
}
