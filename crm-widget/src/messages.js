/**
 * The codes of the protocol, one list each: the mirror of agent/protocol/codes.go. A test holds the two together.
 * @module
 */

/** What an `error` reply may carry. */
export const ERROR_CODES = Object.freeze([
  'bad_request', 'unknown_type', 'too_many_requests', 'forbidden', 'call_gone', 'wrong_phase', 'bad_sdp', 'no_common_codec',
  'busy_here', 'not_found', 'unreachable', 'timeout', 'declined', 'trunk_failed',
])

/** What a call's `cause` may carry; some are error codes as well. */
export const CAUSE_CODES = Object.freeze([
  'normal', 'cancelled', 'abandoned', 'overflow', 'limit', 'rejected', 'missed', 'answered_elsewhere', 'transferred', 'media_lost', 'agent_lost',
  'draining', 'node_failure', 'bad_sdp', 'no_common_codec', 'busy_here', 'not_found', 'unreachable', 'timeout', 'declined', 'trunk_failed', 'forbidden', 'call_gone',
])

/**
 * Close codes of the socket. `again` says what the client does: `yes` (with back-off), `later` (back-off without the first quick try),
 * `token` (after a fresh token), `no`; `problem` is what the agent is shown when it does not come back.
 * @type {Readonly<Record<number, {again: 'yes' | 'later' | 'token' | 'no', problem?: string}>>}
 */
export const CLOSE_CODES = Object.freeze({
  1000: { again: 'no' },
  1001: { again: 'yes' },
  4400: { again: 'no', problem: 'protocol' },
  4401: { again: 'token', problem: 'signed_out' },
  4403: { again: 'no', problem: 'refused' },
  4408: { again: 'later' },
  4409: { again: 'no', problem: 'elsewhere' },
  4413: { again: 'later' },
  4429: { again: 'later' },
  4503: { again: 'yes' },
})

/** Codes that the client itself makes; a server never sends them. */
export const LOCAL_CODES = Object.freeze([
  'offline', 'lost', 'ambiguous_call', 'no_token', 'mic_denied', 'mic_policy', 'mic_missing', 'mic_busy', 'mic_silent', 'device_lost', 'local_network', 'autoplay', 'media_failed',
  'media_unsupported', 'signed_out', 'refused', 'elsewhere', 'protocol',
])

/** Phases in which a call has sound, or is about to. */
export const LIVE_PHASES = Object.freeze(['connecting', 'dialing', 'ringing', 'early', 'connected', 'held', 'transferring'])

/** Phases of a call that was placed and is not answered yet. */
export const PLACING_PHASES = Object.freeze(['dialing', 'ringing', 'early'])

/** The refusal of a request, or a failure on this side of the socket. */
export class OffhookError extends Error {
  /**
   * @param {string} code one of ERROR_CODES or LOCAL_CODES
   * @param {string} [message] for developers, never for agents
   * @param {{sip?: number, retry?: boolean, cause?: unknown}} [more]
   */
  constructor(code, message = code, more = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'OffhookError'
    /** @readonly */
    this.code = code
    /** @readonly */
    this.sip = more.sip
    /** @readonly */
    this.retry = more.retry ?? false
  }
}
