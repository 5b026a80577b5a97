import { type RefObject, useEffect, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { platformsOf } from '../rules/platforms.ts'
import { withPlatform, withSearch, withUnread } from '../rules/query.ts'
import type { Channel, ConversationQuery } from '../types.ts'
import { Icon } from './icons.tsx'
import { PlatformMark } from './platform-mark.tsx'

const searchPauseMs = 250

type FiltersProps = {
  query: ConversationQuery
  channels: readonly Channel[]
  onQuery(query: ConversationQuery): void
  searchBox: RefObject<HTMLInputElement | null>
}

/** Search and filters above the list. The search box keeps its own text: mount it anew to empty it. */
export function ListFilters({ query, channels, onQuery, searchBox }: FiltersProps) {
  const { t } = useTexts()
  const unread = query.unread === true
  return (
    <div className="filters">
      <SearchBox query={query} onQuery={onQuery} searchBox={searchBox} />
      <div className="filter-line">
        <div className="segments">
          <button type="button" aria-pressed={!unread} onClick={() => onQuery(withUnread(query, false))}>
            {t('list.all')}
          </button>
          <button type="button" aria-pressed={unread} onClick={() => onQuery(withUnread(query, true))}>
            {t('list.unread')}
          </button>
        </div>
        <div className="platform-filter" role="group" aria-label={t('list.platforms')}>
          {platformsOf(channels, query.platform).map((platform) => (
            <button
              type="button"
              key={platform}
              className="platform-button"
              aria-pressed={query.platform === platform}
              onClick={() => onQuery(withPlatform(query, query.platform === platform ? null : platform))}
            >
              <PlatformMark platform={platform} />
            </button>
          ))}
        </div>
      </div>
    </div>
  )
}

function SearchBox({ query, onQuery, searchBox }: Omit<FiltersProps, 'channels'>) {
  const { t } = useTexts()
  const [text, setText] = useState(query.q ?? '')
  useEffect(() => {
    const next = text.trim()
    if (next === (query.q ?? '')) return
    const timer = setTimeout(() => onQuery(withSearch(query, next)), searchPauseMs)
    return () => clearTimeout(timer)
  }, [text, query, onQuery])
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={searchBox}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        placeholder={t('list.search')}
        aria-label={t('list.search')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text !== '' && (
        <button type="button" className="icon-button" aria-label={t('list.search_clear')} onClick={() => setText('')}>
          <Icon name="close" />
        </button>
      )}
    </div>
  )
}
