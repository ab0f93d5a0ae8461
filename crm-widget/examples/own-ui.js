import { BrowserMedia, OffhookClient } from 'https://gateway.example/widget/offhook.js'

const client = new OffhookClient({
  gateway: 'wss://gateway.example/agent',
  tokenSource: () => fetch('/offhook-token').then(answer => answer.text()),
  media: new BrowserMedia(),
})

const state = document.getElementById('state')
const list = document.getElementById('calls')

// The snapshot is frozen and whole: draw it, keep nothing.
client.subscribe(({ agent, connection }) => {
  state.textContent = connection.state === 'open' ? agent.state : connection.state
  list.replaceChildren(...client.calls.map(row))
})

state.addEventListener('click', () => client.setState(client.snapshot.agent?.state === 'available' ? 'away' : 'available'))
document.getElementById('dial').addEventListener('submit', async e => {
  e.preventDefault()
  const call = await client.dial(new FormData(e.target).get('to'))
  call.addEventListener('call-ended', () => console.log('over:', call.cause?.code))
})

function row(call) {
  const item = document.createElement('li')
  item.append(`${call.from.name || call.from.number} ${call.phase} `)
  const can = { offered: ['answer', 'decline'], connected: ['hold', 'hangUp'], held: ['resume', 'hangUp'] }[call.phase] ?? ['hangUp']
  for (const name of can) {
    const button = document.createElement('button')
    button.textContent = name
    button.addEventListener('click', () => call[name]().catch(problem => alert(problem.code)))
    item.append(button)
  }
  return item
}

await client.connect()
