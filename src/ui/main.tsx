import { createRoot } from 'react-dom/client'
import { createApi, createInbox, createNotifications } from '../client/index.ts'
import { App } from './app.tsx'
import './styles/tokens.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/list.css'
import './styles/thread.css'
import './styles/message.css'
import './styles/files.css'
import './styles/actions.css'
import './styles/panels.css'
import './styles/composer.css'
import './styles/mail.css'
import './styles/templates.css'
import './styles/notifications.css'
import './styles/notes.css'
import './styles/settings.css'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no #root')

const api = createApi({ baseUrl: window.location.origin })
const inbox = createInbox({ api })
createRoot(root).render(<App api={api} inbox={inbox} notifications={createNotifications({ api, inbox })} />)
