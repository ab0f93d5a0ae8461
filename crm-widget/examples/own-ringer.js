const bar = document.querySelector('offhook-callbar')
const ring = document.getElementById('ring')

bar.addEventListener('call-offered', e => {
  e.preventDefault() // the callbar stays silent and shows no notice
  ring.play()
})
for (const over of ['call-connected', 'call-ended', 'agent-state-change']) bar.addEventListener(over, () => ring.pause())

bar.tokenSource = () => fetch('/offhook-token').then(answer => answer.text())
