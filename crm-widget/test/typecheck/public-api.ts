// The public API as a page uses it; it is compiled, never run.
import { OffhookClient, OffhookError, type Call, type OffhookCallbar, type Snapshot } from 'offhook-callbar'

const bar: OffhookCallbar = document.createElement('offhook-callbar')
bar.tokenSource = () => fetch('/token').then(r => r.text())
bar.contactLookup = async number => ({ name: number, rows: [{ label: 'Plan', value: 'Freight Plus' }] })
bar.keymap = { answer: 'KeyJ', decline: null }
bar.addEventListener('call-offered', e => {
  const call: Call = e.call
  if (call.from.verified) e.preventDefault()
})
bar.addEventListener('wrap-up-saved', e => { if (!e.fields.outcome) e.setError('Choose an outcome') })
bar.addEventListener('problem', e => console.log(e.detail.code, e.text))

const client = new OffhookClient({ gateway: 'wss://gateway.example/agent', tokenSource: () => 'token', mic: 'late' })
const draw = (s: Snapshot) => console.log(s.connection.state, s.agent?.state, s.calls.length)
client.subscribe(draw, { signal: new AbortController().signal })
client.answer().catch((e: unknown) => { if (e instanceof OffhookError) console.log(e.code, e.sip) })

// @ts-expect-error the snapshot is read-only
client.snapshot.calls = []
// @ts-expect-error there is no such state
client.setState('asleep')
