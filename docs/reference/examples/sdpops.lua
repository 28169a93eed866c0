--- keep_codecs_by_id
KSR.sdpops.keep_codecs_by_id("0,101", "")  --> 0
--| - Content-Length: 287
--| + Content-Length: 210
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| + m=audio 49172 RTP/AVP 0 101
--| - a=rtpmap:8 PCMA/8000
--| - a=rtpmap:97 iLBC/8000
--| - m=video 51372 RTP/AVP 31
--| + m=video 51372 RTP/AVP
--| - a=rtpmap:31 H261/90000

--- keep_codecs_by_name
KSR.sdpops.keep_codecs_by_name("PCMU", "audio")  --> 0
--| - Content-Length: 287
--| + Content-Length: 198
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| + m=audio 49172 RTP/AVP 0
--| - a=rtpmap:8 PCMA/8000
--| - a=rtpmap:97 iLBC/8000
--| - a=rtpmap:101 telephone-event/8000

--- remove_codecs_by_id
KSR.sdpops.remove_codecs_by_id("8", "audio")  --> 0
--| - Content-Length: 287
--| + Content-Length: 263
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| + m=audio 49172 RTP/AVP 0 97 101
--| - a=rtpmap:8 PCMA/8000

--- remove_codecs_by_name
KSR.sdpops.remove_codecs_by_name("iLBC", "audio")  --> 0
--| - Content-Length: 287
--| + Content-Length: 261
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| + m=audio 49172 RTP/AVP 0 8 101
--| - a=rtpmap:97 iLBC/8000

--- remove_line_by_prefix publish_multipart
KSR.sdpops.remove_line_by_prefix("a=", "")  --> 1
--| - Content-Length: 214
--| + Content-Length: 202
--| - a=sendonly

--- remove_media nat_contact
KSR.sdpops.remove_media("video")  --> 1
--| - Content-Length: 281
--| + Content-Length: 231
--| - m=video 51372 RTP/AVP 31
--| - a=rtpmap:31 H261/90000

--- sdp_content
KSR.sdpops.sdp_content()  --> 1

--- sdp_content_flags
KSR.sdpops.sdp_content_flags(0)  --> 1

--- sdp_get nat_contact
KSR.sdpops.sdp_get("$avp(sdp)")  --> 1
KSR.pv.get("$(avp(sdp){line.at,1})")  --> "o=alice 2890844526 2890844526 IN IP4 10.1.2.3"

--- sdp_get_address_family
KSR.sdpops.sdp_get_address_family()  --> 4

--- sdp_get_line_startswith
KSR.sdpops.sdp_get_line_startswith("$avp(line)", "m=video")  --> 1
KSR.pv.get("$avp(line)")  --> "m=video 51372 RTP/AVP 31"

--- sdp_iterator_append
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_append("i", "x=after\r\n")  --> 1
--| - Content-Length: 287
--| + Content-Length: 296
--| + x=after

--- sdp_iterator_end
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_end("i")  --> 1

--- sdp_iterator_insert
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_insert("i", "x=before\r\n")  --> 1
--| - Content-Length: 287
--| + Content-Length: 297
--| + x=before

--- sdp_iterator_next
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_value("i")  --> "v=0\r\n"

--- sdp_iterator_rm
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_rm("i")  --> 1
--| - Content-Length: 287
--| + Content-Length: 282
--| - s=-

--- sdp_iterator_start
KSR.sdpops.sdp_iterator_start("i")  --> 1

--- sdp_iterator_value
KSR.sdpops.sdp_iterator_start("i")  --> 1
KSR.sdpops.sdp_iterator_next("i")  --> 1
KSR.sdpops.sdp_iterator_value("i")  --> "v=0\r\n"

--- sdp_print
KSR.sdpops.sdp_print(0)  --> 1
--| logs warn: sdp_print: v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.101\r\ns=-\r\nc=IN IP4 192.0.2.101\r\nt=0 0...

--- sdp_transport
KSR.sdpops.sdp_transport("$avp(transport)")  --> 1
KSR.pv.get("$avp(transport)")  --> "RTP/AVP"

--- sdp_with_active_media
KSR.sdpops.sdp_with_active_media("video")  --> 1

--- sdp_with_codecs_by_id
KSR.sdpops.sdp_with_codecs_by_id("0,8")  --> 2

--- sdp_with_codecs_by_name publish_multipart
KSR.sdpops.sdp_with_codecs_by_name("PCMU")  --> 1

--- sdp_with_ice options_min
KSR.sdpops.sdp_with_ice()  --> -1

--- sdp_with_media
KSR.sdpops.sdp_with_media("audio")  --> 1

--- sdp_with_transport
KSR.sdpops.sdp_with_transport("RTP/AVP")  --> 1

--- sdp_with_transport_like
KSR.sdpops.sdp_with_transport_like("RTP")  --> 1
