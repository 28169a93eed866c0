# kemilua_area(name [LUA] [PYTHON] SOURCES a.c b.c ... [PYTHON_SOURCES c.c ...])
#
# Declares the area csrc/<name> as an object library. LUA lets it include Lua's headers, PYTHON those of CPython in the
# build of the extension module; nothing else is on its include path but csrc/. PYTHON_SOURCES are compiled in that build
# only. An area without sources makes no library.
function(kemilua_area name)
    cmake_parse_arguments(PARSE_ARGV 1 area "LUA;PYTHON" "" "SOURCES;PYTHON_SOURCES")
    if(area_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "kemilua_area(${name}): '${area_UNPARSED_ARGUMENTS}' stands before SOURCES")
    endif()
    if(KEMILUA_PYTHON)
        list(APPEND area_SOURCES ${area_PYTHON_SOURCES})
    endif()
    if(NOT area_SOURCES)
        return()
    endif()

    set(target kemilua_${name})
    add_library(${target} OBJECT ${area_SOURCES})
    kemilua_compile_ours(${target})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/csrc)
    if(area_LUA)
        target_link_libraries(${target} PRIVATE kemilua_lua_headers)
    endif()
    if(area_PYTHON AND KEMILUA_PYTHON)
        target_include_directories(${target} SYSTEM PRIVATE ${Python_INCLUDE_DIRS})
    endif()

    set_property(GLOBAL APPEND PROPERTY kemilua_objects $<TARGET_OBJECTS:${target}>)
endfunction()
