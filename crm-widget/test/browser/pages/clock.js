/**
 * The time of a page under test: the real one and what the test skipped. `await skip(3200)` runs, in order and at once, all that waits for the
 * next 3.2 seconds. With `?still` the time stands at 10:42 and moves by skip alone, so that two pictures of one state are the same picture.
 */
{
  const real = { Date, setTimeout: setTimeout.bind(globalThis), clearTimeout: clearTimeout.bind(globalThis), now: performance.now.bind(performance) }
  const still = new URLSearchParams(location.search).has('still')
  const start = still ? real.Date.UTC(2026, 0, 5, 10, 42) : real.Date.now()
  const begun = real.now()
  const timers = new Map()
  let skipped = 0
  let made = 0

  const passed = () => (still ? 0 : real.now() - begun) + skipped

  const wait = (fn, ms, args, every) => {
    const id = ++made
    const timer = { at: passed() + Math.max(0, Number(ms) || 0), fn: () => fn(...args), every, handle: 0 }
    timers.set(id, timer)
    arm(id, timer)
    return id
  }
  const arm = (id, timer) => { if (!still) timer.handle = real.setTimeout(() => run(id, timer), Math.max(0, timer.at - passed())) }
  const run = (id, timer) => {
    if (timers.get(id) !== timer) return
    if (timer.every === undefined) timers.delete(id)
    else {
      timer.at += Math.max(1, timer.every)
      arm(id, timer)
    }
    timer.fn()
  }
  const clear = id => {
    real.clearTimeout(timers.get(id)?.handle)
    timers.delete(id)
  }
  /** What waits for promises and events has run. */
  const breath = () => new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => { port1.close(); resolve() }
    port2.postMessage(0)
  })

  globalThis.setTimeout = (fn, ms, ...args) => wait(fn, ms, args)
  globalThis.setInterval = (fn, ms, ...args) => wait(fn, ms, args, Number(ms) || 0)
  globalThis.clearTimeout = globalThis.clearInterval = clear
  globalThis.Date = class Date extends real.Date {
    constructor(...args) { super(...(args.length ? args : [Date.now()])) }
    static now() { return Math.round(start + passed()) }
  }
  performance.now = () => begun + passed()

  globalThis.skip = async ms => {
    const end = passed() + ms
    for (await breath(); ; await breath()) {
      const [id, next] = [...timers].reduce((a, b) => (b[1].at < a[1].at ? b : a), [0, { at: Infinity }])
      if (next.at > end) break
      skipped += Math.max(0, next.at - passed())
      real.clearTimeout(next.handle)
      run(id, next)
    }
    skipped += Math.max(0, end - passed())
  }
  /** Milliseconds that really pass, for what skipping cannot hurry: sound, sockets, other pages. */
  globalThis.really = ms => new Promise(resolve => { real.setTimeout(resolve, ms) })
  globalThis.realNow = real.now
  /** Timers that wait. */
  globalThis.waiting = () => timers.size
}
