// Package protocol is offhook.v1, the JSON that a browser agent speaks over a WebSocket: the frames as types, the strict decoder for what
// clients send, the encoders for what the server sends, and the one list of codes. It imports nothing but the standard library.
//
// # A whole call in frames
//
// The page opens the socket with the subprotocol offhook.v1 and has its token ready. C is the client, S the server.
//
//	C {"type":"hello","id":1,"token":"eyJ…","client":"callbar/1.0","state":"available"}
//	S {"type":"welcome","id":1,"session":"mV3…","last_id":0,"agent":{"id":"ana","state":"available",…},"calls":[],"queues":[…],…}
//
// The server sends whole objects, never what changed in them. A client keeps the newest agent object and the newest object of each call and
// draws those; after a reconnect, welcome carries everything again. Now a caller waits in a queue and is offered. The object has the
// server's offer, and the page says at once that it shows the call, with the answer, so that ICE and DTLS run while it rings:
//
//	S {"type":"agent","agent":{"id":"ana","state":"offered",…}}
//	S {"type":"call","call":{"id":"01J…","rev":4,"phase":"offered","expires_at":"…","sdp":{"type":"offer","sdp":"v=0…"},…}}
//	C {"type":"ringing","id":2,"call":"01J…","sdp":"v=0…"}
//	S {"type":"ok","id":2}
//
// Ana presses the key. The reply says that the call is hers; that there is sound both ways, the object says:
//
//	C {"type":"accept","id":3,"call":"01J…"}
//	S {"type":"ok","id":3}
//	S {"type":"call","call":{"id":"01J…","rev":6,"phase":"connecting",…}}
//	S {"type":"call","call":{"id":"01J…","rev":7,"phase":"connected","answered_at":"…",…}}
//	S {"type":"agent","agent":{"id":"ana","state":"on_call",…}}
//
// Between the agent's object and the objects of calls no order is promised: they come from two owners. The frames of one call keep theirs.
//
// Every 15 s, every 5 s while a call is offered or live, the server asks whether the page lives, and the page's script answers:
//
//	S {"type":"beat","time":"2026-03-02T09:15:04.120Z"}
//	C {"type":"beat"}
//
// The socket breaks. The sound goes on, for media is not the socket. The page comes back with the session of its welcome, goes on above
// last_id, and repeats what had no reply yet: a request with an id that the server knows gets the first one's reply and is not done twice.
//
//	C {"type":"hello","id":4,"token":"eyJ…","client":"callbar/1.0","session":"mV3…"}
//	S {"type":"welcome","id":4,"session":"Qx8…","last_id":3,"agent":{…},"calls":[{"id":"01J…","phase":"connected",…}],…}
//
// The caller hangs up. The call stays with Ana for what is left to note, then ends:
//
//	S {"type":"call","call":{"id":"01J…","rev":9,"phase":"wrap_up","cause":{"code":"normal","by":"caller"},"wrap_up_until":"…",…}}
//	S {"type":"agent","agent":{"id":"ana","state":"wrap_up",…}}
//	C {"type":"wrapup","id":5,"call":"01J…","outcome":"order","done":true}
//	S {"type":"ok","id":5}
//	S {"type":"call","call":{"id":"01J…","rev":10,"phase":"ended",…}}
//	S {"type":"agent","agent":{"id":"ana","state":"available",…}}
//
//	C {"type":"bye","id":6}
//	S {"type":"ok","id":6}
//
// and the socket closes with 1000.
//
// # What a client may send
//
// [Decode] is the only door. encoding/json folds the case of keys, lets the last duplicate win and knows no depth, so frames of
// clients are read by a scanner of our own that cannot be talked into two opinions. A frame that is no JSON object, no UTF-8, too deep or
// too large closes the socket with [CloseProtocol]; every other fault is an error reply that names the field. All limits stand in limits.go.
//
// testdata/protocol has an example of every frame and of every fault. They are read by the tests here and by the callbar's, so that the two sides
// cannot drift apart. offhook.v1.schema.json says the same as a JSON Schema, and docs/agent-protocol.md to people; tests hold both against the types,
// the decoder and a call that the translator plays.
package protocol
