// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Names of modules, and what each version of them is.
/// @notice A name belongs to the account that published under it first; nobody can take it away, and it cannot be passed on. A version
/// is the digest of a folder and is never changed: it can be yanked, which is a flag for readers. No owner, no fee, no upgrade.
interface IModuleRegistry {
    /// @notice One version of a module.
    struct Version {
        string version; // 1 to 32 of a-z, A-Z, 0-9, "." and "-"
        bytes32 digest; // sha2-256 of the folder's root: CIDv1, dag-pb
        address account; // who published it
        uint48 publishedAt; // seconds
        bool yanked;
        string description; // at most 200 bytes
        string licence; // at most 64 bytes
    }

    /// @notice A name with its newest version that is not yanked; of a name whose versions all are, the last one.
    struct Name {
        string name;
        address owner;
        uint256 versions;
        Version newest;
    }

    /// @notice Emitted once per version.
    event Published(bytes32 indexed nameHash, address indexed account, string name, string version, bytes32 digest);
    /// @notice Emitted when a version's flag changes.
    event Yanked(bytes32 indexed nameHash, string name, string version, bool yanked);

    /// @notice Thrown for a text that is too short or too long; `field` is 0 name, 1 version, 2 description, 3 licence.
    error BadLength(uint256 field, uint256 length, uint256 min, uint256 max);
    /// @notice Thrown for a character that the field does not take, by its position.
    error BadCharacter(uint256 field, uint256 position);
    /// @notice Thrown for the digest zero.
    error NoDigest();
    /// @notice Thrown when a name belongs to somebody else.
    error NotNameOwner(string name, address owner, address caller);
    /// @notice Thrown when a version is there already.
    error VersionExists(string name, string version, bytes32 digest);
    /// @notice Thrown for a version that is not there.
    error VersionUnknown(string name, string version);
    /// @notice Thrown when a version's flag is as asked for already.
    error YankUnchanged(string name, string version, bool yanked);

    /// @notice Publishes a version. The first one under a name makes the caller the name's owner.
    /// @param name 1 to 64 of a-z, 0-9, ".", "_" and "-"; begins with a letter or digit
    /// @param version 1 to 32 of a-z, A-Z, 0-9, "." and "-"; begins with a letter or digit
    /// @param digest sha2-256 of the folder's root block
    /// @param description at most 200 bytes, for readers
    /// @param licence at most 64 bytes, for readers
    function publish(
        string calldata name,
        string calldata version,
        bytes32 digest,
        string calldata description,
        string calldata licence
    ) external;

    /// @notice Sets or clears the flag that tells readers not to take this version unless they name it.
    function setYanked(string calldata name, string calldata version, bool yanked) external;

    /// @notice The account that a name belongs to; zero for a free one.
    function ownerOf(string calldata name) external view returns (address owner);

    /// @notice One version; with `account` zero where there is none.
    function find(string calldata name, string calldata version) external view returns (Version memory found);

    /// @notice How many names there are.
    function nameCount() external view returns (uint256 count);

    /// @notice How many versions a name has.
    function versionCount(string calldata name) external view returns (uint256 count);

    /// @notice Names in the order in which they were taken, at most 50 a call.
    function namesFrom(uint256 from, uint256 count) external view returns (Name[] memory page);

    /// @notice Versions of a name in the order in which they were published, at most 50 a call.
    function versionsFrom(string calldata name, uint256 from, uint256 count)
        external
        view
        returns (Version[] memory page);
}
