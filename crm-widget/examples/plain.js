const bar = document.querySelector('offhook-callbar')

// Asked at each connect; the token says who the agent is. Setting it logs in.
bar.tokenSource = () => fetch('/offhook-token').then(answer => answer.text())

// Fills the caller's card, if it answers within 1.5 s.
bar.contactLookup = async number => {
  const answer = await fetch(`/contacts?number=${encodeURIComponent(number)}`)
  return answer.ok ? answer.json() : null
}

// A number that must not be called from this page.
bar.addEventListener('dial-request', e => { if (e.to.startsWith('+1900')) e.preventDefault() })
bar.addEventListener('wrap-up-saved', e => console.log('outcome', e.fields.outcome, 'of', e.call.id))
