// What the callbar does not need is forbidden: inline scripts and styles, eval, pictures, media, frames, markup made from text.
document.addEventListener('securitypolicyviolation', e => console.error('the policy forbids', e.violatedDirective, e.blockedURI))

document.querySelector('offhook-callbar').tokenSource = () => fetch('/offhook-token').then(answer => answer.text())
