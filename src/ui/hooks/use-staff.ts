import { useEffect, useState } from 'react'
import type { NoteActions, StaffMember } from '../types.ts'

const nobody: readonly StaffMember[] = []

/** Everybody of the staff; nobody until they are wanted and there. */
export function useStaff(inbox: Pick<NoteActions, 'staff'>, isWanted: boolean): readonly StaffMember[] {
  const [staff, setStaff] = useState(nobody)
  useEffect(() => {
    if (!isWanted) return undefined
    let isCurrent = true
    void inbox.staff().then((result) => result.ok && isCurrent && setStaff(result.value))
    return () => {
      isCurrent = false
    }
  }, [inbox, isWanted])
  return staff
}
