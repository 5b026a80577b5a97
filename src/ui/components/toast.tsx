import { useTexts } from '../i18n/use-texts.ts'
import type { Toast } from '../hooks/use-toast.ts'
import { Icon } from './icons.tsx'

/** Over the thread: something that was asked for did not work. */
export function ToastNote({ toast, onClose }: { toast: Toast | null; onClose(): void }) {
  const { t } = useTexts()
  return (
    <div className="toast-place" role="alert">
      {toast !== null && (
        <p className="toast" key={toast.round}>
          <Icon name="alert" />
          <span>{toast.text}</span>
          <button type="button" className="icon-button" aria-label={t('action.dismiss')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  )
}
