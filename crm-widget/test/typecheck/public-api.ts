// The public API as a page uses it; it is compiled, never run.
import { OffhookClient, OffhookError, type Call, type CallObject, type OffhookCallbar, type Snapshot } from 'offhook'

const bar: OffhookCallbar = document.createElement('offhook-callbar')
bar.tokenSource = () => fetch('/token').then(r => r.text())
bar.contactLookup = async number => ({ name: number, rows: [{ label: 'Plan', value: 'Freight Plus' }] })
bar.keymap = { answer: 'KeyJ', decline: null }
bar.addEventListener('call-offered', e => {
  const call: CallObject = e.call
  if (call.from.verified) e.preventDefault()
})
bar.addEventListener('wrap-up-saved', e => { if (!e.fields.outcome) e.setError('Choose an outcome') })
bar.addEventListener('problem', e => console.log(e.detail.code, e.text))

const client = new OffhookClient({ gateway: 'wss://gateway.example/agent', tokenSource: () => 'token', mic: 'late' })
const draw = (s: Snapshot) => console.log(s.connection.state, s.agent?.state, s.calls.length)
client.subscribe(draw, { signal: new AbortController().signal })
client.answer().catch((e: unknown) => { if (e instanceof OffhookError) console.log(e.code, e.sip) })

bar.addEventListener('dial-request', e => { if (e.to === '110') e.preventDefault() })
async function consultation() {
  const call: Call = await client.dial('+493023125142', { from: '+493023125900', data: { ticket: '4711' } })
  call.addEventListener('call-ended', () => console.log(call.cause?.code))
  await call.sendDigits('4711#')
  await call.hold()
  const [first] = await client.directory('bill', 'agent')
  const consult = await call.consult(`agent:${first.id}`)
  await client.swap()
  await consult.completeTransfer()
  await bar.record(true, { pauseS: 60 })
}
consultation().catch(() => {})

// @ts-expect-error the snapshot is read-only
client.snapshot.calls = []
// @ts-expect-error there is no such state
client.setState('asleep')
