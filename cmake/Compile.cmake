# Flags shared by Lua, csrc/ and the extension module, so that they make one LTO unit.
include(CheckCCompilerFlag)
include(CheckIPOSupported)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

check_c_compiler_flag(-fno-semantic-interposition KEMILUA_HAS_NO_INTERPOSITION)
# Copies and clears of some ten or hundred bytes: counted sizes make GCC choose "rep movs", which takes 30 cycles to start.
set(KEMILUA_COPY_FLAGS -mmemcpy-strategy=unrolled_loop:256:noalign,libcall:-1:noalign -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign)
string(REPLACE ";" " " copy_flags "${KEMILUA_COPY_FLAGS}")
check_c_compiler_flag("${copy_flags}" KEMILUA_HAS_COPY_FLAGS)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DEFINED CACHE{KEMILUA_HAS_LTO})
    check_ipo_supported(RESULT has_lto OUTPUT lto_output LANGUAGES C)
    set(KEMILUA_HAS_LTO ${has_lto} CACHE INTERNAL "The compiler can do LTO")
endif()

set(KEMILUA_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wundef)

# Flags for code of any origin.
function(kemilua_compile target)
    if(KEMILUA_HAS_NO_INTERPOSITION)
        target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    endif()
    if(KEMILUA_HAS_COPY_FLAGS AND CMAKE_BUILD_TYPE STREQUAL "Release")      # clang-tidy, which reads debug builds, knows neither
        target_compile_options(${target} PRIVATE ${KEMILUA_COPY_FLAGS})
    endif()
    if(KEMILUA_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${KEMILUA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    elseif(KEMILUA_HAS_LTO)
        set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
    endif()
    if(KEMILUA_PROFILE_FLAGS)
        target_compile_options(${target} PRIVATE ${KEMILUA_PROFILE_FLAGS})
        if(TARGET kemilua_profile)
            add_dependencies(${target} kemilua_profile)
        endif()
    endif()
    if(KEMILUA_STEPS)
        target_compile_options(${target} PRIVATE -fsanitize-coverage=trace-pc)      # tests/c/steps counts branches
    endif()
    if(KEMILUA_FUZZ)
        target_compile_options(${target} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)     # libFuzzer sees which branches an input takes
    endif()
endfunction()

# And those for our own.
function(kemilua_compile_ours target)
    kemilua_compile(${target})
    target_compile_options(${target} PRIVATE ${KEMILUA_WARNINGS} $<$<BOOL:${KEMILUA_WERROR}>:-Werror>)
    target_compile_definitions(${target} PRIVATE
        $<$<BOOL:${KEMILUA_DEBUG}>:KEMILUA_DEBUG=1>)
    if(KEMILUA_FUZZ)
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)     # and what it was compared with
    endif()
    if(KEMILUA_SANITIZE OR KEMILUA_TESTS)
        target_compile_definitions(${target} PRIVATE KEMILUA_FAIL_ALLOC=1)      # base/mem.h: tests make the n-th allocation fail
    endif()
endfunction()
