import type { DemoFile, StoredFile } from './files.ts'
import type { ReadMail } from './mail.ts'
import type { PictureName } from './pictures.ts'
import type { Customer } from './story.ts'

export type Json = Record<string, unknown>

/** What one step needs besides its own words. `at` in epoch ms; `idOf` gives the message id behind a step's key. */
export type StepContext = {
  customer: Customer
  id: string
  at: number
  idOf: (key: string) => string
  /** Puts a file where the customer's platform keeps it. */
  store: (file: DemoFile) => StoredFile
  /** E-mail: where a picture is that lies on a server of the customer's own. */
  pictureAt: (name: PictureName) => string
  /** E-mail: what this step answers. */
  answered?: ReadMail | undefined
}

/** A mark on what the staff wrote outside of our inbox. */
export type Mark = 'delivered' | 'read'
