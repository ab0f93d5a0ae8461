import { useEffect, useRef } from 'react'
import 'offhook'

/** The callbar as a component: properties by reference, events as callbacks. */
export function Callbar({ gateway, tokenSource, layout = 'bar', onOffered, onEnded }) {
  const ref = useRef(null)

  useEffect(() => {
    ref.current.tokenSource = tokenSource // logs in
  }, [tokenSource])

  useEffect(() => {
    const bar = ref.current
    const life = new AbortController()
    bar.addEventListener('call-offered', e => onOffered?.(e.call), { signal: life.signal })
    bar.addEventListener('call-ended', e => onEnded?.(e.call, e.cause), { signal: life.signal })
    return () => life.abort()
  }, [onOffered, onEnded])

  return <offhook-callbar ref={ref} gateway={gateway} layout={layout} />
}
