# Profile-guided optimisation: the extension module is built twice. The first one counts which way its code goes while tools/profile/train.py routes messages
# through it; the compiler lays out the second by these counts. KSR calls take a sixth less (benchmarks/test_kamailio.py: median 47 to 39 ns). GCC alone, and
# releases alone; without it, or when the first build or its run fails, the module is merely slower.
#
#   KEMILUA_PROFILE   AUTO (where it can be had), OFF, or COUNT: the first of the two, which this file asks for itself
set(KEMILUA_PROFILE AUTO CACHE STRING "Optimise by what a first build counted: AUTO, OFF, or COUNT for that first build")
set_property(CACHE KEMILUA_PROFILE PROPERTY STRINGS AUTO OFF COUNT)

set(KEMILUA_PROFILE_FLAGS "")
if(KEMILUA_PROFILE STREQUAL "COUNT")
    set(KEMILUA_PROFILE_FLAGS -fprofile-generate)
    return()
endif()
if(NOT KEMILUA_PROFILE STREQUAL "AUTO" OR NOT KEMILUA_PYTHON OR NOT KEMILUA_HAS_LTO OR NOT CMAKE_BUILD_TYPE STREQUAL "Release"
   OR NOT CMAKE_C_COMPILER_ID STREQUAL "GNU" OR CMAKE_CROSSCOMPILING OR CMAKE_GENERATOR MATCHES "Multi-Config")
    return()
endif()
check_c_compiler_flag(-fprofile-partial-training KEMILUA_HAS_PARTIAL_TRAINING)      # code that no message reached keeps -O3
if(NOT KEMILUA_HAS_PARTIAL_TRAINING)
    return()
endif()

# Counts fit the sources they were made of, so each change of C counts again.
file(GLOB_RECURSE KEMILUA_PROFILE_SOURCES CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/csrc/*.[ch] ${PROJECT_SOURCE_DIR}/tools/profile/* ${PROJECT_SOURCE_DIR}/vendor/lua/src/*.[ch])
set(counts ${PROJECT_BINARY_DIR}/profile)
add_custom_command(
    OUTPUT ${counts}/done
    COMMAND ${CMAKE_COMMAND}
        -DSOURCE=${PROJECT_SOURCE_DIR} -DBINARY=${PROJECT_BINARY_DIR} -DCOUNTS=${counts} -DGENERATOR=${CMAKE_GENERATOR} -DMAKE=${CMAKE_MAKE_PROGRAM}
        -DCOMPILER=${CMAKE_C_COMPILER} "-DFLAGS=${CMAKE_C_FLAGS}" -DPYTHON=${Python_EXECUTABLE} "-DLUA=${KEMILUA_LUA_SOURCE}"
        -P ${PROJECT_SOURCE_DIR}/cmake/train.cmake
    DEPENDS ${KEMILUA_PROFILE_SOURCES} ${CMAKE_CURRENT_LIST_FILE} ${PROJECT_SOURCE_DIR}/cmake/train.cmake
    COMMENT "Building the module that counts, and routing messages through it"
    VERBATIM)
add_custom_target(kemilua_profile DEPENDS ${counts}/done)
set(KEMILUA_PROFILE_FLAGS -fprofile-use -fprofile-partial-training -Wno-missing-profile -Wno-coverage-mismatch)
