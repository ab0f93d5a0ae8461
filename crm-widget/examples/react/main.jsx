import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { Callbar } from './callbar.jsx'

const tokenSource = () => fetch('/offhook-token').then(answer => answer.text())

function App() {
  const [shown, show] = useState(true)
  const [caller, setCaller] = useState('nobody')
  return (
    <>
      {shown && <Callbar gateway="wss://gateway.example/agent" tokenSource={tokenSource} onOffered={call => setCaller(call.from.name || call.from.number)} />}
      <p>Last caller: <output>{caller}</output></p>
      <button onClick={() => show(!shown)}>{shown ? 'Away with the phone' : 'Back with the phone'}</button>
    </>
  )
}

createRoot(document.getElementById('app')).render(<StrictMode><App /></StrictMode>)
