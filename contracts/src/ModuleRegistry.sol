// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IModuleRegistry} from "./interfaces/IModuleRegistry.sol";

/// @title Names of modules, and what each version of them is.
contract ModuleRegistry is IModuleRegistry {
    /// @dev A page stays below what an endpoint runs in one call, whatever the texts are.
    uint256 private constant PAGE = 50;
    uint256 private constant NAME_BYTES = 64;
    uint256 private constant VERSION_BYTES = 32;
    uint256 private constant DESCRIPTION_BYTES = 200;
    uint256 private constant LICENCE_BYTES = 64;
    /// @dev The newest version is looked for among so many: a name whose last ones are all yanked shows its last.
    uint256 private constant NEWEST_LOOKS = 16;

    uint256 private constant FIELD_NAME = 0;
    uint256 private constant FIELD_VERSION = 1;
    uint256 private constant FIELD_DESCRIPTION = 2;
    uint256 private constant FIELD_LICENCE = 3;

    struct Module {
        address owner;
        string name;
        Version[] versions;
        mapping(bytes32 versionHash => uint256 place) places; // one more than the index; 0: none
    }

    mapping(bytes32 nameHash => Module module) private _modules;
    bytes32[] private _names;

    /// @inheritdoc IModuleRegistry
    function publish(
        string calldata name,
        string calldata version,
        bytes32 digest,
        string calldata description,
        string calldata licence
    ) external {
        _checkWord(FIELD_NAME, bytes(name), NAME_BYTES);
        _checkWord(FIELD_VERSION, bytes(version), VERSION_BYTES);
        _checkText(FIELD_DESCRIPTION, bytes(description), DESCRIPTION_BYTES);
        _checkText(FIELD_LICENCE, bytes(licence), LICENCE_BYTES);
        if (digest == bytes32(0)) revert NoDigest();
        bytes32 nameHash = keccak256(bytes(name));
        Module storage module = _modules[nameHash];
        if (module.owner == address(0)) {
            module.owner = msg.sender;
            module.name = name;
            _names.push(nameHash);
        } else if (module.owner != msg.sender) {
            revert NotNameOwner(name, module.owner, msg.sender);
        }
        uint256 place = module.places[keccak256(bytes(version))];
        if (place != 0) revert VersionExists(name, version, module.versions[place - 1].digest);
        module.versions.push(Version(version, digest, msg.sender, uint48(block.timestamp), false, description, licence));
        module.places[keccak256(bytes(version))] = module.versions.length;
        emit Published(nameHash, msg.sender, name, version, digest);
    }

    /// @inheritdoc IModuleRegistry
    function setYanked(string calldata name, string calldata version, bool yanked) external {
        bytes32 nameHash = keccak256(bytes(name));
        Module storage module = _modules[nameHash];
        uint256 place = module.places[keccak256(bytes(version))];
        if (place == 0) revert VersionUnknown(name, version);
        if (module.owner != msg.sender) revert NotNameOwner(name, module.owner, msg.sender);
        Version storage found = module.versions[place - 1];
        if (found.yanked == yanked) revert YankUnchanged(name, version, yanked);
        found.yanked = yanked;
        emit Yanked(nameHash, name, version, yanked);
    }

    /// @inheritdoc IModuleRegistry
    function ownerOf(string calldata name) external view returns (address owner) {
        return _moduleOf(name).owner;
    }

    /// @inheritdoc IModuleRegistry
    function find(string calldata name, string calldata version) external view returns (Version memory found) {
        Module storage module = _moduleOf(name);
        uint256 place = module.places[keccak256(bytes(version))];
        if (place != 0) found = module.versions[place - 1];
    }

    /// @inheritdoc IModuleRegistry
    function nameCount() external view returns (uint256 count) {
        return _names.length;
    }

    /// @inheritdoc IModuleRegistry
    function versionCount(string calldata name) external view returns (uint256 count) {
        return _moduleOf(name).versions.length;
    }

    /// @inheritdoc IModuleRegistry
    function namesFrom(uint256 from, uint256 count) external view returns (Name[] memory page) {
        page = new Name[](_sizeOf(from, count, _names.length));
        for (uint256 i = 0; i < page.length; ++i) {
            Module storage module = _modules[_names[from + i]];
            page[i] = Name(module.name, module.owner, module.versions.length, _newest(module));
        }
    }

    /// @inheritdoc IModuleRegistry
    function versionsFrom(string calldata name, uint256 from, uint256 count)
        external
        view
        returns (Version[] memory page)
    {
        Module storage module = _moduleOf(name);
        page = new Version[](_sizeOf(from, count, module.versions.length));
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = module.versions[from + i];
        }
    }

    function _moduleOf(string calldata name) private view returns (Module storage module) {
        return _modules[keccak256(bytes(name))];
    }

    function _newest(Module storage module) private view returns (Version memory newest) {
        uint256 length = module.versions.length;
        uint256 looks = length < NEWEST_LOOKS ? length : NEWEST_LOOKS;
        for (uint256 i = 1; i <= looks; ++i) {
            if (!module.versions[length - i].yanked) return module.versions[length - i];
        }
        return module.versions[length - 1];
    }

    function _sizeOf(uint256 from, uint256 count, uint256 length) private pure returns (uint256 size) {
        if (from >= length) return 0;
        size = length - from;
        if (size > count) size = count;
        if (size > PAGE) size = PAGE;
    }

    /// @dev Names that look alike but are not the same are kept out by taking few characters.
    function _checkWord(uint256 field, bytes calldata word, uint256 max) private pure {
        if (word.length == 0 || word.length > max) revert BadLength(field, word.length, 1, max);
        for (uint256 i = 0; i < word.length; ++i) {
            bytes1 c = word[i];
            bool isPlain = (c >= "a" && c <= "z") || (c >= "0" && c <= "9");
            if (!isPlain && field == FIELD_VERSION) isPlain = c >= "A" && c <= "Z";
            if (!isPlain && i > 0) isPlain = c == "-" || c == "." || (c == "_" && field == FIELD_NAME);
            if (!isPlain) revert BadCharacter(field, i);
        }
    }

    /// @dev No control characters: it is printed on terminals.
    function _checkText(uint256 field, bytes calldata text, uint256 max) private pure {
        if (text.length > max) revert BadLength(field, text.length, 0, max);
        for (uint256 i = 0; i < text.length; ++i) {
            if (text[i] < 0x20 || text[i] == 0x7f) revert BadCharacter(field, i);
        }
    }
}
