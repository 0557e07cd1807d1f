#!/bin/bash
#
# The DevStack plugin of nova-ext. In local.conf:
#
#     enable_plugin nova-ext <this repository>
#
# It installs nova-ext beside Nova and configures nova-api and nova-compute as the installation
# guide tells operators to do.

_XTRACE_NOVA_EXT=$(set +o | grep xtrace)
set +o xtrace

NOVA_EXT_DIR=${NOVA_EXT_DIR:-$DEST/nova-ext}

function install_nova_ext {
    # Nova has brought all that it needs.
    pip_install --no-deps "$NOVA_EXT_DIR"
}

# Put the filter last before the application, in every pipeline of both composites.
function configure_nova_ext_api {
    iniset "$NOVA_API_PASTE_INI" filter:nova_ext use egg:nova-ext#nova_ext
    sed -i -E \
        '/nova_ext/! s/^(keystone *=.*) (osapi_compute_app_v21)[[:space:]]*$/\1 nova_ext \2/' \
        "$NOVA_API_PASTE_INI"
}

function configure_nova_ext_compute {
    local file
    for file in "$NOVA_CONF" "$NOVA_CPU_CONF"; do
        # DevStack makes the second of the first when it starts nova-compute, if it is not there.
        if [[ -f "$file" ]]; then
            iniset "$file" DEFAULT compute_driver nova_ext.LibvirtDriver
            configure_nova_ext_options "$file"
        fi
    done
}

function configure_nova_ext_options {
    local option
    for option in $NOVA_EXT_OPTIONS; do
        iniset "$1" nova_ext "${option%%=*}" "${option#*=}"
    done
}

function configure_nova_ext_tempest {
    iniset "$TEMPEST_CONFIG" service_available nova_ext True
}

function unconfigure_nova_ext {
    [[ -f "$NOVA_API_PASTE_INI" && -f "$NOVA_CONF" ]] || return 0
    sed -i -E 's/ nova_ext (osapi_compute_app_v21)/ \1/' "$NOVA_API_PASTE_INI"
    inidelete "$NOVA_API_PASTE_INI" filter:nova_ext use
    iniset "$NOVA_CONF" DEFAULT compute_driver libvirt.LibvirtDriver
}

if is_service_enabled nova; then
    if [[ "$1" == "stack" && "$2" == "install" ]]; then
        echo_summary "Installing nova-ext"
        install_nova_ext
    elif [[ "$1" == "stack" && "$2" == "post-config" ]]; then
        echo_summary "Configuring nova-ext"
        if is_service_enabled n-api; then
            configure_nova_ext_api
            configure_nova_ext_options "$NOVA_CONF"
        fi
        if is_service_enabled n-cpu && [[ "$VIRT_DRIVER" == "libvirt" ]]; then
            configure_nova_ext_compute
        fi
    elif [[ "$1" == "stack" && "$2" == "test-config" ]]; then
        if is_service_enabled tempest; then
            configure_nova_ext_tempest
        fi
    elif [[ "$1" == "clean" ]]; then
        unconfigure_nova_ext
    fi
fi

$_XTRACE_NOVA_EXT
