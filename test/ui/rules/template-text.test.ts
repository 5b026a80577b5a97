import { describe, expect, it } from 'vitest'
import { fillText, findTemplates, gapsOf, readTemplate, templateUse } from '../../../src/ui/rules/template-text.ts'
import { template } from '../build.ts'

const ready = template({ header: 'Замовлення {{1}}', body: '{{2}}, {{1}} і ще раз {{ 1 }}', footer: 'Слово' })
const values = { 'header.1': '№5', 'body.1': ' Олено ', 'body.2': 'Вітаємо' }

describe('templates', () => {
  it('have each gap once, numbered ones by their number', () => {
    expect(gapsOf(ready)).toEqual([
      { part: 'header', name: '1' },
      { part: 'body', name: '1' },
      { part: 'body', name: '2' },
    ])
    const named = template({ body: '{{surname}} {{name}} {{surname}}' })
    expect(gapsOf(named).map(({ name }) => name)).toEqual(['surname', 'name'])
    expect(gapsOf(template({ body: '{{}} {1} {{ }}' }))).toEqual([])
  })
  it('read as the customer will see them, with empty gaps as they are', () => {
    expect(readTemplate(ready, values)).toBe('Замовлення №5\nВітаємо, Олено і ще раз Олено\nСлово')
    expect(fillText('body', 'To {{1}}', { 'body.1': '  ' })).toBe('To {{1}}')
  })
  it('do not fill what was filled in again', () => {
    expect(fillText('body', '{{1}} {{2}}', { 'body.1': '{{2}} $&', 'body.2': 'x' })).toBe('{{2}} $& x')
  })
  it('go with their values in the order of WhatsApp, header and body apart', () => {
    const text = (value: string) => ({ type: 'text', text: value })
    expect(templateUse(ready, values)).toEqual({
      ...{ name: 'order_ready', language: 'uk' },
      components: [
        { type: 'header', parameters: [text('№5')] },
        { type: 'body', parameters: [text('Олено'), text('Вітаємо')] },
      ],
    })
  })
  it('name their values where the template does', () => {
    const named = template({ body: 'Dear {{name}}' })
    expect(templateUse(named, { 'body.name': 'Olena' }).components).toEqual([
      { type: 'body', parameters: [{ type: 'text', parameter_name: 'name', text: 'Olena' }] },
    ])
  })
  it('have no components where there is nothing to fill', () => {
    expect(templateUse(template({ body: 'Hello' }), {})).toEqual({ name: 'order_ready', language: 'uk' })
  })
  it('are found by every word, in name, language and text', () => {
    const other = template({ name: 'hello', body: 'Hello there', language: 'en' })
    const found = (search: string) => findTemplates([ready, other], search).map(({ name }) => name)
    expect(found('')).toEqual(['order_ready', 'hello'])
    expect(found('order ready')).toEqual(['order_ready'])
    expect(found('HELLO en')).toEqual(['hello'])
    expect(found('hello uk')).toEqual([])
  })
})
