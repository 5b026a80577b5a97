type Runner = { import(id: string): Promise<unknown> }

/** The test runner asks Node at every call of a Durable Object where its module is. It stays where it was. */
export function rememberModules(): void {
  const { moduleRunner } = (globalThis as { __vitest_mocker__?: { moduleRunner?: Runner } }).__vitest_mocker__ ?? {}
  if (moduleRunner === undefined) return
  const load = moduleRunner.import.bind(moduleRunner)
  const known = new Map<string, unknown>()
  moduleRunner.import = async (id) => {
    if (!known.has(id)) known.set(id, await load(id))
    return known.get(id)
  }
}
