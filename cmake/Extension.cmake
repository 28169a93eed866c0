# The extension module kemilua._kemilua: cffi's C for csrc/kemilua.h, all areas and Lua in one file.
set(header ${PROJECT_SOURCE_DIR}/csrc/kemilua.h)
set(script ${PROJECT_SOURCE_DIR}/tools/build_cffi.py)
set(binding ${CMAKE_CURRENT_BINARY_DIR}/_kemilua.c)

add_custom_command(
    OUTPUT ${binding}
    COMMAND ${Python_EXECUTABLE} ${script} ${header} ${binding}
    DEPENDS ${header} ${script}
    COMMENT "Generating the cffi binding of csrc/kemilua.h"
    VERBATIM)

python_add_library(_kemilua MODULE WITH_SOABI ${binding} ${KEMILUA_OBJECTS})
kemilua_compile(_kemilua)
set_target_properties(_kemilua PROPERTIES LINKER_LANGUAGE C)
target_include_directories(_kemilua PRIVATE csrc)
target_compile_definitions(_kemilua PRIVATE _CFFI_NO_LIMITED_API)   # built per version anyway, and cheaper to call
target_link_libraries(_kemilua PRIVATE kemilua_lua)
target_link_options(_kemilua PRIVATE ${KEMILUA_PROFILE_FLAGS})

# Nothing but the module's entry points and Lua's API leaves the file. Libraries in C that a script loads call the API (csrc/vm/dynlib.c); the process does not see it, and
# nothing in the process takes the place of Lua's functions for our own calls, as they are protected (vendor/lua/CMakeLists.txt).
if(APPLE)
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.macos)
    target_link_options(_kemilua PRIVATE -Wl,-exported_symbols_list,${exports})
else()
    set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
    target_link_options(_kemilua PRIVATE -Wl,--version-script=${exports})
endif()
set_target_properties(_kemilua PROPERTIES LINK_DEPENDS ${exports})

install(TARGETS _kemilua LIBRARY DESTINATION kemilua COMPONENT python)
foreach(name lua luaconf lauxlib lualib)
    install(FILES ${PROJECT_SOURCE_DIR}/vendor/lua/src/${name}.h DESTINATION kemilua/include COMPONENT python)      # kemilua.get_include()
endforeach()
