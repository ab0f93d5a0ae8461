/**
 * What a peer connection's stats say: how good it is, and whether the microphone gives anything.
 * @module
 */

/**
 * One measurement out of a stats report; null while nothing came in.
 * @param {RTCStatsReport} report
 * @param {{received: number, lost: number}} seen what was counted last time, brought up to date
 */
export function read(report, seen) {
  /** @type {Record<string, any>} */
  const found = {}
  report.forEach(s => {
    if (s.type === 'candidate-pair' && (s.nominated || s.selected) && s.state === 'succeeded') found.pair = s
    else if (s.type === 'inbound-rtp' && s.kind === 'audio') found.in = s
    else if (s.type === 'remote-inbound-rtp' && s.kind === 'audio') found.far = s
  })
  if (!found.in) return null
  const received = found.in.packetsReceived - seen.received
  const lost = Math.max(0, found.in.packetsLost - seen.lost)
  seen.received = found.in.packetsReceived
  seen.lost = found.in.packetsLost
  if (received + lost <= 0) return null
  const codec = found.in.codecId ? report.get(found.in.codecId)?.mimeType?.split('/')[1] : undefined
  return {
    rtt_ms: Math.round(1000 * (found.pair?.currentRoundTripTime ?? found.far?.roundTripTime ?? 0)),
    jitter_ms: Math.round(1000 * (found.in.jitter ?? 0)),
    loss_pct: Math.round((1000 * lost) / (received + lost)) / 10,
    ...(found.far?.fractionLost === undefined ? {} : { far_loss_pct: Math.round(found.far.fractionLost * 1000) / 10 }),
    ...(codec ? { codec } : {}), ...(found.pair ? { path: pathOf(report.get(found.pair.localCandidateId)) } : {}),
  }
}

/** How packets go: through a relay, or straight by `udp` or `tcp`. @param {any} candidate ours */
function pathOf(candidate) { return candidate?.candidateType === 'relay' ? 'relay' : candidate?.protocol === 'tcp' ? 'tcp' : 'udp' }

/**
 * Whether the microphone gave nothing at all, not even noise, since the last time: a switch on its cable. Null where the browser does not say.
 * @param {RTCStatsReport} report @param {{energy: number}} seen what was counted last time, brought up to date
 */
export function silent(report, seen) {
  let energy = -1
  report.forEach(s => { if (s.type === 'media-source' && s.kind === 'audio' && typeof s.totalAudioEnergy === 'number') energy = s.totalAudioEnergy })
  if (energy < 0) return null
  const grown = energy > seen.energy
  seen.energy = energy
  return !grown
}
