package dialog

// The messages of RFC 4475 and RFC 5118, and what becomes of each. Their bytes stand in testdata.

// ordeal is one message. Want is what its sender gets over UDP: the status of the final response; "call" where a good INVITE comes to the call
// side, which answers 404 in these tests; "silence" where nothing may be sent. Stream is what he gets by a connection, where that differs: the answer, then "closed" where the
// connection ends; or "closed" alone, where what came before may be answered or not; or "waits", where the rest of the message is waited for. Header is a line that
// the answer must have. Why is the rule, with the RFC's words where it leaves a choice or we depart from its advice.
type ordeal struct{ name, want, stream, header, why string }

// torture4475 are the messages of RFC 4475 §3, in its order.
var torture4475 = []ordeal{
	// §3.1.1 Valid messages.
	{"wsinv", "481", "", "", "blanks, folding, compact and odd header names are all regular; To has a tag, of no dialog here (RFC 3261 §12.2.2)"},
	{"intmeth", "405", "", "Allow: " + allowed, "an unknown method of unusual but legal characters"},
	{"esc01", "call", "", "", "escapes in URIs are carried as they stand"},
	{"escnull", "405", "", "", "an escaped NUL ends nothing; REGISTER is not for us"},
	{"esc02", "405", "", "", "a % in a method is a %: this is not REGISTER"},
	{"lwsdisp", "200", "", "", "OPTIONS"},
	{"longreq", "call", "", "", "nothing is cut"},
	{"dblreq", "405", "closed", "", "surplus octets of a datagram are discarded (RFC 3261 §18.3); on a stream they are another message, whose length is wrong"},
	{"semiuri", "200", "", "", "OPTIONS; a semicolon in the user part is part of it"},
	{"transports", "200", "", "", "other hops' transports are not ours to know"},
	{"mpart01", "405", "", "", "MESSAGE is not for us, whatever its body holds"},
	{"unreason", "silence", "", "", "a response to nothing that we sent; its phrase is UTF-8"},
	{"noreason", "silence", "", "", "a response to nothing that we sent; its phrase is empty"},

	// §3.1.2 Invalid messages.
	{"badinv01", "400", "", "", "separators with nothing between them in Via: 400; being liberal is allowed and not done"},
	{"clerr", "400", "waits", "", "a datagram without all of its body: 400; on a stream the rest may come still, for 5 s"},
	{"ncl", "400", "400 closed", "", "no such length: 400; on a stream the end of the message cannot be known"},
	{"scalar02", "400", "", "", "CSeq is above 2**31-1: 400"},
	{"scalarlg", "silence", "", "", "CSeq is above 2**31-1: a response like that is discarded"},
	{"quotbal", "400", "", "", "an unterminated quote in To: 400 Bad Request"},
	{"ltgtruri", "400", "", "", "the Request-URI in <>: 400; guessing is allowed and not done"},
	{"lwsruri", "400", "", "", "a blank within the Request-URI: 400"},
	{"lwsstart", "400", "", "", "two blanks in the request line: 400"},
	{"trws", "400", "", "", "blanks at its end: 400"},
	{"escruri", "400", "", "", "headers are not permitted in a Request-URI (RFC 3261 §19.1.1), and the escaped Route is not acted upon"},
	{"baddate", "call", "", "", "a time zone that is not GMT: being liberal is allowed, Date is never read"},
	{"regbadct", "405", "", "", "REGISTER is not for us, so its Contact is not read; 400 is right as well"},
	{"badaspec", "400", "", "", "blanks in the addr-spec of To: 400"},
	{"baddn", "200", "", "", "a comma in a display name without quotes: being liberal is allowed, and it is quoted where it is written again"},
	{"badvers", "505", "", "", "SIP/7.0: 505, though its Via is of that version too"},
	{"mismatch01", "400", "", "", "start line OPTIONS, CSeq INVITE: 400"},
	{"mismatch02", "400", "", "", "start line NEWMETHOD, CSeq INVITE: of 400 and 501 we take the first"},
	{"bigcode", "silence", "", "", "status 4294967301 is none: discarded"},

	// §3.2 Transaction layer semantics.
	{"badbranch", "200", "", "", "a branch of nothing but the cookie: matched as RFC 2543 does"},

	// §3.3 Application-layer semantics.
	{"insuf", "400", "", "", "Call-ID, From and To are missing: 400"},
	{"unkscm", "416", "", "", "nobody knows this scheme: 416"},
	{"novelsc", "416", "", "", "a registered scheme, but not one of ours: 416"},
	{"unksm2", "405", "", "", "REGISTER is not for us; the schemes of To and From are never followed"},
	{"bext01", "420", "", "Unsupported: nothingSupportsThis, nothingSupportsThisEither", "each extension of Require is named; Proxy-Require is a proxy's to judge"},
	{"invut", "415", "", "Accept: application/sdp", "a body of unknown type: 415"},
	{"regaut01", "405", "", "", "REGISTER is not for us, so the authorization is not read"},
	{"multi01", "400", "", "", "two From, To, Call-ID, CSeq: 400"},
	{"mcl01", "400", "400 closed", "", "two lengths: 400; on a stream the end of the message cannot be known"},
	{"bcast", "silence", "", "", "the top Via is not ours; nothing goes to the broadcast address of the second"},
	{"zeromf", "200", "", "", "OPTIONS to ourselves is answered though Max-Forwards is 0 (RFC 3261 §11.2)"},
	{"cparam01", "405", "", "", "REGISTER is not for us"},
	{"cparam02", "405", "", "", "REGISTER is not for us"},
	{"regescrt", "405", "", "", "REGISTER is not for us; the escaped Route goes nowhere"},
	{"sdp01", "406", "", "", "Accept has no application/sdp: 406"},

	// §3.4 Backward compatibility.
	{"inv2543", "400", "400 closed", "", "Deviation: it is to be accepted by «elements that want to maintain backwards compatibility»; without a tag in From no dialog of RFC 3261 can be (§12.1.1), so we do not"},
}

// short5118: the RFC counts one octet for each line end of its bodies.
const short5118 = "the description is the call's to judge; Content-Length is less than the body: a datagram is cut, on a stream no message begins with the rest"

// torture5118 are the messages of RFC 5118 §4, in its order.
var torture5118 = []ordeal{
	{"ipv6-good", "405", "", "", "REGISTER is not for us"},
	{"ipv6-bad", "400", "", "", "no brackets around the address: 400"},
	{"port-ambiguous", "405", "", "", "what was meant as the port is part of the address; REGISTER is not for us"},
	{"port-unambiguous", "405", "", "", "REGISTER is not for us"},
	{"via-received-param-with-delim", "481", "", "", "brackets in received are read past; a BYE of no dialog"},
	{"via-received-param-no-delim", "200", "", "", "OPTIONS"},
	{"ipv6-in-sdp", "call", "closed", "", short5118},
	{"mult-ip-in-header", "481", "", "", "a BYE of no dialog"},
	{"mult-ip-in-sdp", "call", "closed", "", short5118},
	{"ipv4-mapped-ipv6", "call", "closed", "", short5118},
	{"ipv6-bug-abnf-3-colons", "200", "", "", "OPTIONS; the surplus colon may be ignored, and the host of a Request-URI is never gone to"},
	{"ipv6-correct-abnf-2-colons", "200", "", "", "OPTIONS"},
}
