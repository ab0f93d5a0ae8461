/** Who listens on the page, the window and the browser's own objects: `living()`. It comes before anything else runs. */
{
  let all = []
  const add = EventTarget.prototype.addEventListener
  const remove = EventTarget.prototype.removeEventListener
  const named = target => (target === document ? 'document' : target === window || target === undefined || target === null ? 'window' : target === navigator.mediaDevices ? 'mediaDevices' : '')
  /** Those that were removed or that a signal ended are forgotten here too: they would keep what they know. */
  window.living = () => (all = all.filter(l => !l.signal?.aborted))
  EventTarget.prototype.addEventListener = function listen(type, fn, options) {
    const on = named(this)
    if (on) window.living().push({ on, type, fn, signal: options?.signal })
    return add.call(this, type, fn, options)
  }
  EventTarget.prototype.removeEventListener = function quit(type, fn, options) {
    if (named(this)) all = all.filter(l => l.type !== type || l.fn !== fn)
    return remove.call(this, type, fn, options)
  }
}
