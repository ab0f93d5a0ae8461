/**
 * What the element and the client tell the page: typed events that bubble and cross shadow roots. Their fields stand on the event and,
 * frozen, in `detail`.
 * @module
 */

/** The common part of them. */
export class OffhookEvent extends Event {
  /**
   * @param {string} type
   * @param {Record<string, any>} [fields]
   * @param {{cancelable?: boolean}} [options]
   */
  constructor(type, fields = {}, { cancelable = false } = {}) {
    super(type, { bubbles: true, composed: true, cancelable })
    /** @readonly */
    this.detail = Object.freeze({ ...fields })
    for (const [name, value] of Object.entries(fields)) Object.defineProperty(this, name, { value, enumerable: true })
  }

  /** The same once more, to be dispatched on another target. */
  again() {
    return Object.setPrototypeOf(new OffhookEvent(this.type, this.detail, { cancelable: this.cancelable }), Object.getPrototypeOf(this))
  }
}

/** `client-ready {agent}`: logged in, or back after a lost socket. */
export class ClientReadyEvent extends OffhookEvent {
  /** @param {any} agent */
  constructor(agent) { super('client-ready', { agent }) }
}

/** `client-lost {willRetry, code}`: the socket is gone. */
export class ClientLostEvent extends OffhookEvent {
  /** @param {boolean} willRetry @param {number} code */
  constructor(willRetry, code) { super('client-lost', { willRetry, code }) }
}

/** `agent-state-change {agent, previous}`. */
export class AgentStateChangeEvent extends OffhookEvent {
  /** @param {any} agent @param {any} previous */
  constructor(agent, previous) { super('agent-state-change', { agent, previous }) }
}

/** `call-offered {call}`; cancelled: no ring, no notice, the page has its own. */
export class CallOfferedEvent extends OffhookEvent {
  /** @param {any} call */
  constructor(call) { super('call-offered', { call }, { cancelable: true }) }
}

/** `call-connected`, `call-held`, `call-resumed`, `call-muted`, `call-recording-change`, `call-transferring`, `call-transferred`: `{call}`. */
export class CallEvent extends OffhookEvent {
  /** @param {string} type @param {any} call */
  constructor(type, call) { super(type, { call }) }
}

/** `call-ended {call, cause}`. */
export class CallEndedEvent extends OffhookEvent {
  /** @param {any} call */
  constructor(call) { super('call-ended', { call, cause: call.cause ?? null }) }
}

/** `call-quality-change {call, level, stats}`. */
export class CallQualityChangeEvent extends OffhookEvent {
  /** @param {any} call @param {number} level @param {any} stats */
  constructor(call, level, stats) { super('call-quality-change', { call, level, stats }) }
}

/** `wrap-up-start {call, fields}`. */
export class WrapUpStartEvent extends OffhookEvent {
  /** @param {any} call @param {any} fields */
  constructor(call, fields) { super('wrap-up-start', { call, fields }) }
}

/** `wrap-up-saved {call, fields}`; cancelled: the form stays open, with the text given to `setError`. */
export class WrapUpSavedEvent extends OffhookEvent {
  /** The text set by `setError`. */
  error = ''
  /** @param {any} call @param {any} fields */
  constructor(call, fields) { super('wrap-up-saved', { call, fields }, { cancelable: true }) }

  /** @param {string} text why it may not be saved, for the agent to read */
  setError(text) {
    this.error = String(text)
    this.preventDefault()
  }
}

/** `device-change {devices}`. */
export class DeviceChangeEvent extends OffhookEvent {
  /** @param {any} devices */
  constructor(devices) { super('device-change', { devices }) }
}

/** `problem {code, text, cause}`; cancelled: the element does not show it. */
export class ProblemEvent extends OffhookEvent {
  /** @param {string} code @param {string} text @param {unknown} cause */
  constructor(code, text, cause) { super('problem', { code, text, cause }, { cancelable: true }) }
}

/** `screen-pop {call, matches, url}`; cancelled: the page shows the caller's record itself. */
export class ScreenPopEvent extends OffhookEvent {
  /** @param {any} call @param {readonly any[]} matches @param {string} url */
  constructor(call, matches, url) { super('screen-pop', { call, matches, url }, { cancelable: true }) }
}

/** `dial-request {to, source, data}`; cancelled: nobody is called. */
export class DialRequestEvent extends OffhookEvent {
  /** @param {string} to @param {string} source @param {Record<string, string>} data */
  constructor(to, source, data) { super('dial-request', { to, source, data }, { cancelable: true }) }
}

/** `leader-change {isLeader}`: whether this tab holds the socket and the sound. */
export class LeaderChangeEvent extends OffhookEvent {
  /** @param {boolean} isLeader */
  constructor(isLeader) { super('leader-change', { isLeader }) }
}

/** `size-change {width, height, layout}`. */
export class SizeChangeEvent extends OffhookEvent {
  /** @param {number} width @param {number} height @param {string} layout */
  constructor(width, height, layout) { super('size-change', { width, height, layout }) }
}
