/* Digests against values computed by another implementation (Python's hashlib and zlib), at and around every block
 * boundary. */
#include "base/corehash.h"
#include "base/digest.h"

#include "check.h"

typedef struct sample {
    size_t size;                                                    /* bytes of the pattern (7 i + 3) mod 256 */
    const char *md5, *sha1, *sha256, *sha512, *sha3_256, *sha3_512; /* the two 512s: the first 16 bytes */
    uint32_t crc32;
} sample;

static const sample samples[] = {
    {0, "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "cf83e1357eefb8bdf1542850d66d8007",
     "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", "a69f73cca23a9ac5c8b567dc185a756e",
     0x00000000u},
    {1, "8666683506aacd900bbd5a74ac4edf68", "9842926af7ca0a8cca12604f945414f07b01e13d",
     "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5", "e45bf5817ddf94aa2f7a407071f0eedc",
     "e3ed56bd086d8958483a12734fa0ae7f5c8bb160ef9092c67e82ed9b19e4c7b2", "a63f9712aadceb0fe16f1881719a8022",
     0x4b0bbe37u},
    {3, "c9aee4810523ef8658121b8d492c6b41", "4201de9f98cb0a9b8cf52398be7802b55d45266a",
     "6ab0dba1f4f1dfbb37b4f9eeb092c09fca4900ad32bdcd147d8dde35d6c87c35", "8853167ab14c043919981a6409307ef6",
     "fffadd0ae913c0947143ac7c6bf1d512c1b265db8ac52100614bd022ae2412d4", "f43b92b1b4647bb487400472178d83c7",
     0x6d58af33u},
    {55, "52c0e574e1198de5fe3f8f11440dcb1b", "ddf57317ef34bfee3b6df83d359098930eb278bc",
     "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b", "14fd424b1fcadee624da946ab03f7e1d",
     "7b08ced19b17fcd5e225b1a8b489387e122c18d2d31a5f70325310ca210c7cfa", "e0fb9f904a8d3533ed3ae0c035552c20",
     0x30c94412u},
    {56, "46c9907fc908ee68b1e7b8e71286a518", "a0d492bb0fc889d0eca3bc137066ab6f4f74f369",
     "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27", "480fa85be41ef55a41208ca28ffc8743",
     "e72d9fadd664156719a0861a4b0786cbf80ac2638bd4e6dd0b473876c78a78f7", "585ee6b4ae1195ea09e07b15809e69a7",
     0xcb5e10b8u},
    {63, "a62f6d59e837867693f042f5b8f5a236", "c55856749bef509bdfe6bfebfc7bf4e793e82132",
     "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055", "ecd42a703a4e93e163d60d55e3785b1a",
     "1275539a6596eb01fbc83a54af2f2994aa7ea8beb0b0d440ae07c620ad8eaa9f", "ef3d22309d3cf4ce62e7f5913e3c8266",
     0xb7350c2au},
    {64, "7160b8fb5e9e4023d549c3971fbaeead", "bede92be29c3874e1b54ddc77988d606fc857a8e",
     "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241", "8f3cc30b3fb5bf963688a46488249248",
     "85c576bd8097a119432293d7b09da76d336aff9acda1c0708cf03bdd999911cd", "f37322220063c7eb72c37e9ede7eaa19",
     0xcbd9ecf0u},
    {65, "70bd662e7aefbda85a0f7244167b7897", "b05a80522b053d6dc7e0a517d0e70212c7dad11f",
     "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e", "22050d1b2c5bd016c4b04c3e84f513ff",
     "2d2073ae107304cbc7d72702212b97891488b4754f4d13e020b248a1dedc14a5", "3cf0f4358e102da7286bf2105d7d9802",
     0x6d195777u},
    {71, "26e7e113db273c68b0fc3ce4660fc5e2", "b4d320ff238a99c0963778c340387bc1c61f5cd7",
     "54cac60524e8d20657ff88ee3951e22a506f3d8dc22c8fa848ce494672cb0d29", "9947a6b78a7b88b52a7dfc6eb6a4d144",
     "254f2ac1df8eae4233c0c2fe74a03331b856518800936943cdbe57d7d224f224", "a02d5795bffd44cb0ac3cc3401ae8905",
     0xf7848d88u},
    {72, "f9019e69c0b288ca2b635cfa0de38932", "191cf09722d8a449820c9c66b122b8434a68dcea",
     "99e356eadffa802796fb42722352b16dfc8a61806bf11bdd3590d0f0bfdaef5d", "53cd4907bb57cac1dfe5ba8b81621f57",
     "f4bb95e698a2c13bd27f089f3762076daa40b629dc5d7ec53dbe163fca4a4bf3", "2ec0da5ff440c192d33033c4257eb39d",
     0x8b465617u},
    {103, "a196bddcad45f15e5b5ecc17715a38fd", "6c31104718ea0d8a5dddb0999465f4af5b5bbf91",
     "9313cf73a730ac07b74d681e6a73eec8a1593f4e3ae7557ddd77b44c980e0571", "96303c14b31bdb81d68a48010d50b789",
     "03b9845b5ca8eff8cc1f5adfe5d326774db062f0bb80383bcec6e4e634d94fe7", "3b9f0d6ecbddcc8ed50cae0ca6fa94b8",
     0x91302789u},
    {104, "a55daca3482d9d27a7ad621b73060dd4", "dfaa234fa35d3d5fc1b197a297e1cc85c4a7a474",
     "5af877de0ea99d70bd0a547c967dbecd4525d6bba9ab2917d54d6aa742874687", "e636b25abce754d20d5e6db41f779d6c",
     "69c910be9440424b1111a088e7f9f4f5716e6678c8a8e566e053d6cb65d31293", "9207a64941efcaa4f122ac167de4cf48",
     0xc749f2e3u},
    {111, "13f00cb15f0c3fe588d1c17cde14b38f", "4a01b1272627e5be00f57bc3c3029c23a452e629",
     "67d9492e628fd376e0b2efec8ca2b99b123e202cf620deb270728df979b2f73e", "68cffa6d0d76f309c9ce0d35280939f8",
     "1fc816a1c9bfb6fee349fb661b97d87a1adce7a3ec7a584de1fd9105cbd2d0a1", "16f214637c753c5b461fab872a6548b6",
     0x523334b7u},
    {112, "5fe6a9f76b541ec645559589da9a088a", "54c08c2a0ed21de25e3d8606c3929454eb1d3f8b",
     "96b928cff8528dbb99602c709a65b846cb6467acb8b722f0d758e4dc27bfc508", "d0865c524d1dddf7c23b799c413f5adc",
     "b2826938a19cca0b3f31274fa0d6dd36424508d245a16722a7b443efcfc167af", "571d1152e406b434c075924711fa94bb",
     0x8ee3b6bdu},
    {119, "e84905d4214f4d1ca56c2cdcc152b143", "504e27376a6e0f0dba8295b85cb25dc4dfa17d23",
     "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e", "236bdd7f38a611b5014b239245c381ae",
     "fca1a02979f0e333a4a976d6b2b7d89c2074e8139107f14f875b22d4e368e6cb", "2b4f50f23354746f38cd8f75becdc139",
     0xfd968703u},
    {120, "e3eb5a6c8669ea01a8c185b8abc8a5dc", "82134b02fb3f702491be9bed581eeab59334acb2",
     "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5", "4bd16fefaa35cc2df9fbb8ff379ec04a",
     "8a1f9abd3d86c2d98ea256a84fd0bd3aaef27d7adae37a4cc2c825dbf2fe666b", "0329ad0987b3ff4b0f2732973596f3b2",
     0x3a47ad39u},
    {127, "acce2474d6cc8302120d09c818d17ef7", "34d5e582029e9b9b85b2febe31da3db7cdabaaea",
     "a8d23e75d936f303d248888d9b165ee543f4cbafcad3c9dd2a79bd84faa11d07", "e0b6a20f1c0c88970a9340152cd5a1c1",
     "31578857f28c795c37ceb9bfffd3d24267d338e622927ae128330a5b07f22358", "591a01c19e9a3b4cc2f910dc95cc057b",
     0xefb66daau},
    {128, "10b2da1a82f16d99a81a7203fe9f02cb", "a09133e6730ffe899efb70204cb5646cd5dc24ee",
     "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6", "99b16f17aa0b969a5b8f08f367719d51",
     "fcb6ea7388b68266e5df9f9beaf980fca55fdc6393f4d97ce1bcb2096eb4a975", "469992409e1433702f7787fc5bf787db",
     0xbd5d2e01u},
    {135, "3f60e7e290ce1e941cfa3fd7fc031695", "cdc7e923d8db0f586dd02a0b105307d1fe6b6223",
     "357ebb96ceaad098f322cd545ff898c7948507845a63c727fcf6b27ff37ceac4", "92ea4f33027b1f30cdd832cdbbc95bb7",
     "d9dcf1f98e49a79b0643a9e68fef48079ff8777c5e7e7f93469ded65f192ac71", "9e9d81e346cf9a62dc4bda518e4096db",
     0x1d14167cu},
    {136, "cd62db9573f2e9e2dc335b7b91f4ccfa", "72e7808c7305c5af1aadee254f089323b6e5e255",
     "cafc3beeb530a50bb73465c4593bac4fd06a74a4f5203ec651e858aa03024be7", "feda015161b3191cd3e722e2b201d892",
     "743bd32e775ac7387a57d4d574c89ddef5ebcb08bb5cc6b88c55a27b5035cc45", "62c81b78426786e5a5d431082d98857c",
     0x47a0b119u},
    {137, "0014c7743d2ebc2cf8539344087678fb", "aaeddd302a34f506a0c4b5f8c7fe014bad383dbf",
     "c9eb70663c864e694427f52c8119b3540200d9d3ef2921bfbc6efa11e48bb17b", "9845dde5baca2e2eba4ddec6e2609c99",
     "01d47e8d6dce6e3dcbf1baa6f845b6ace4ef74bd17da8176ecc49bc35dbe5d21", "3fd9dc45a7cdc291153d7b714ad68d82",
     0xea9d8df8u},
    {144, "00a6351f7b12333eacdd669528b87221", "090dc8610c761fe255c9da58b2302f2bb76c83b6",
     "01a4b7965629e3a2ec0a5abb04e129c54b384c6388666e5c0608a45579a59e18", "520322796d948a947ad0f4f597817bc7",
     "461199c2ec9cbef1469a587fb4c05c1fb9d4b5bbac259817e0c87331bda30c5a", "c6b8908e7b60f09ed38ffaf0ff9d6f3e",
     0xaa36605cu},
    {239, "150b0ccb90642dc2fa2959503b9e3379", "16b8f6b7b0b43d68f80f3ab3e38c0037b87f8eef",
     "8fac859e9c893811bb92a43a2732590fe20bb1649726400d0ca05c6261ef2062", "18ee83f30261c3c645d52aee6a209105",
     "161d94278cd4a8c1444b0ffcead2c4d46bbcb7caf28e638d38419ab92b9cde88", "2bbd4079ebef439b214d0db052d57d4c",
     0xbc70832bu},
    {240, "15fa22fa8ed58eca01675cf2897f1a3c", "300705cc80faadd3562e50529550c8e04fd1cc9c",
     "93fa68266890012c592634767c711c9c23c685eeeff6ddbc76051c0b4e6249bb", "9d60ee60d29ec4fa0b9690c04c1c2941",
     "2fd8b2b7214b962d9acf62056f4ad6ee077f45a3e32b524e03c7b48612bd16e0", "397cc87f56926e79bd47aed8490b2e2f",
     0x9a0ca945u},
    {256, "d436d767fed83db89eacc70ed6cbd839", "6aa0e62cd373dc2eb2bd8d9d9ed6e6ef196cc931",
     "d9c76fa34978cb9620dab8c3f46bbe075fddc145eb282b39009141f98d0cfe82", "e49c208e41556e859d1a52d14784a061",
     "556df4175ac12f174d9a283a2981c754c877346eb1c70db3a00bfe8e3ef3fcb4", "01d4ec18186d3ba86fcb935f4a4176c0",
     0x78825239u},
    {1000, "10046f077f2082ac19676b8079f1cb1a", "4231a8a50a10fa9758db8ec71fdef855b751048a",
     "1e9bc38cbf860b9ec31918b065f9b52476c549a782e0e7990bed8ce3868d2371", "00e36fccf193e59697a92b5ab24666ce",
     "bd8b4d76041e0135e53fab1aaf425c7b1c129d8878ffb64cc31230ccafd7dc7c", "3d71681b54b99f11ddeb233b0a41b658",
     0x17bc2a46u},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static kl_span pattern(size_t size)
{
    char bytes[1000];
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 7 + 3);
    return span_of(check_block(bytes, size), size);
}

static const char *hex(const uint8_t *digest, size_t size)
{
    static char text[2 * DIGEST_MAX_SIZE + 1];
    digest_hex(digest, size, text);
    text[2 * size] = 0;
    return text;
}

static void patterns_of_all_block_sizes(void)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        uint8_t out[DIGEST_MAX_SIZE];
        kl_span text = pattern(samples[i].size);
        digest_md5(text, out);
        CHECK_STR(hex(out, MD5_SIZE), samples[i].md5);
        digest_sha1(text, out);
        CHECK_STR(hex(out, SHA1_SIZE), samples[i].sha1);
        digest_sha256(text, out);
        CHECK_STR(hex(out, SHA256_SIZE), samples[i].sha256);
        digest_sha512(text, out);
        CHECK_STR(hex(out, 16), samples[i].sha512);
        digest_sha3(text, 256, out);
        CHECK_STR(hex(out, SHA256_SIZE), samples[i].sha3_256);
        digest_sha3(text, 512, out);
        CHECK_STR(hex(out, 16), samples[i].sha3_512);
        CHECK_INT(digest_crc32(text), samples[i].crc32);
    }
}

static void pieces_give_the_digest_of_the_whole(void)
{
    kl_span text = pattern(300);
    uint8_t whole[DIGEST_MAX_SIZE], pieces[DIGEST_MAX_SIZE];
    for (size_t step = 1; step < 140; step += 3) {
        digest_state md5, sha1, sha256;
        md5_init(&md5), sha1_init(&sha1), sha256_init(&sha256);
        for (size_t at = 0; at < text.n; at += step) {
            kl_span piece = span_of(text.s + at, text.n - at < step ? text.n - at : step);
            md5_update(&md5, piece), sha1_update(&sha1, piece), sha256_update(&sha256, piece);
        }
        digest_md5(text, whole), md5_final(&md5, pieces);
        CHECK_MEM(pieces, MD5_SIZE, whole, MD5_SIZE);
        digest_sha1(text, whole), sha1_final(&sha1, pieces);
        CHECK_MEM(pieces, SHA1_SIZE, whole, SHA1_SIZE);
        digest_sha256(text, whole), sha256_final(&sha256, pieces);
        CHECK_MEM(pieces, SHA256_SIZE, whole, SHA256_SIZE);
    }
}

static void known_texts(void)
{
    uint8_t out[DIGEST_MAX_SIZE];
    kl_span hello = SPAN("hello");
    digest_sha384(hello, out);
    CHECK_STR(hex(out, SHA384_SIZE),
              "59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f6a13de828684f");
    digest_sha512(hello, out);
    CHECK_STR(hex(out, SHA512_SIZE), "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7"
                                     "c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043");
    digest_sha512_256(hello, out);
    CHECK_STR(hex(out, SHA512_256_SIZE), "e30d87cfa2a75db545eac4d61baf970366a8357c7f72fa95b52d0accb698f13a");
    digest_sha3(hello, 384, out);
    CHECK_STR(hex(out, SHA384_SIZE),
              "720aea11019ef06440fbf05d87aa24680a2153df3907b23631e7177ce620fa1330ff07c0fddee54699a4c3ee0ee9d887");
    digest_keccak(hello, 256, out);
    CHECK_STR(hex(out, SHA256_SIZE), "1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8");
}

/* Values a Kamailio 6.2 computed: bytes are unsigned, a rest of one to three bytes is a shorter word. */
static void core_hash_as_kamailio(void)
{
    static const struct {
        const char *text;
        uint32_t hash;
    } rows[] = {
        {"", 0},
        {"h", 101},
        {"he", 25976},
        {"hel", 6650265},
        {"hell", 1702468401},
        {"hello", 1702468499},
        {"123456789", 1790317083},
        {"hello world", 3368663417},
        {"\xc3\xa9", 56317},
        {"a\x80", 28096},
        {"abcd\xff", 1834960120},
        {"Zo\xc3\xab", 1362029016},
        {"\xc3\xa9 x", 3690881166},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_INT(corehash(span_text(rows[i].text), SPAN_NULL), rows[i].hash);
    CHECK_INT(corehash(SPAN("\xc3\xa9"), SPAN("")), corehash(SPAN("\xc3\xa9"), SPAN_NULL));
    CHECK_INT(corehash_fold(SPAN("HeLLo"), SPAN_NULL), corehash(SPAN("hello"), SPAN_NULL));
}

CHECK_MAIN(CHECK_TEST(patterns_of_all_block_sizes), CHECK_TEST(pieces_give_the_digest_of_the_whole),
           CHECK_TEST(known_texts), CHECK_TEST(core_hash_as_kamailio))
