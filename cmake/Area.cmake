# kemilua_area(name [LUA] [PYTHON] SOURCES a.c b.c ...)
#
# Declares the area csrc/<name> as an object library. LUA lets it include Lua's headers, PYTHON those of CPython;
# nothing else is on its include path but csrc/. An area without sources makes no library.
function(kemilua_area name)
    cmake_parse_arguments(PARSE_ARGV 1 area "LUA;PYTHON" "" "SOURCES")
    if(area_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "kemilua_area(${name}): '${area_UNPARSED_ARGUMENTS}' stands before SOURCES")
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
    if(area_PYTHON)
        target_include_directories(${target} SYSTEM PRIVATE ${Python_INCLUDE_DIRS})
    endif()

    set_property(GLOBAL APPEND PROPERTY kemilua_objects $<TARGET_OBJECTS:${target}>)
endfunction()
